//===- Team.cpp - threads, blocks and how they meet -----------------------===//

#include "lib/Target/CUDA/EmitDevice/Team.h"

#include "lib/Target/Common/Fold.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using kernel::ResultKind;

static constexpr llvm::StringLiteral deviceScope = "device";

Value steepest::compare(IndexBuilder &b, arith::CmpIPredicate predicate,
                        Value lhs, Value rhs) {
  return arith::CmpIOp::create(b, predicate, lhs, rhs);
}

Value steepest::named(Value value, StringRef name) {
  auto text = StringAttr::get(value.getContext(), name);
  value.setLoc(NameLoc::get(text, value.getLoc()));
  return value;
}

Team::Team(IndexBuilder &b, gpu::GPUModuleOp module, Value header, Value slots)
    : module(module), header(header), slots(slots) {
  thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x,
                                   b.getIndexAttr(blockThreads));
  warp = named(b.div(thread, b.index(warpThreads)), "warp");
  lane = named(b.remainder(thread, b.index(warpThreads)), "lane");
  rank = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  size = gpu::GridDimOp::create(b, gpu::Dimension::x);
  Value zero = b.index(0);
  first = named(compare(b, arith::CmpIPredicate::eq, thread, zero), "isFirst");
  Value firstBlock = compare(b, arith::CmpIPredicate::eq, rank, zero);
  leader = named(arith::AndIOp::create(b, first, firstBlock), "isLeader");
}

/// A function of the module, made when it is first asked for. It becomes part
/// of who calls it.
static func::FuncOp getFunction(IndexBuilder &b, gpu::GPUModuleOp module,
                                StringRef name, ArrayRef<StringRef> arguments,
                                TypeRange types, TypeRange results,
                                function_ref<void(func::FuncOp)> build) {
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(types, results));
  function.setPrivate();
  b.setInsertionPointToStart(function.addEntryBlock());
  for (auto [argument, text] :
       llvm::zip_equal(function.getArguments(), arguments))
    named(argument, text);
  build(function);
  return function;
}

//===----------------------------------------------------------------------===//
// Meetings
//===----------------------------------------------------------------------===//

namespace {

/// The functions of a meeting, once per module. They work on LLVM
/// pointers: memrefs have no orderings.
class MeetingFunctions {
public:
  MeetingFunctions(gpu::GPUModuleOp module, Location loc)
      : module(module), builder(module.getContext()), b(loc, builder),
        i32(b.getI32Type()),
        header(MemRefType::get({teamHeaderBytes}, b.getI8Type())) {}

  func::FuncOp getArrive();
  func::FuncOp getRelease();
  func::FuncOp getWait();
  /// All of it, with nothing in between.
  func::FuncOp getMeet();

private:
  func::FuncOp get(StringRef name, ArrayRef<StringRef> arguments,
                   TypeRange types, TypeRange results,
                   function_ref<void(func::FuncOp)> build) {
    return getFunction(b, module, name, arguments, types, results, build);
  }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  }
  /// Address of word `number` of the header.
  Value word(Value memory, int64_t number) {
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
    Value integer = arith::IndexCastOp::create(b, b.getI64Type(), address);
    auto pointer = LLVM::LLVMPointerType::get(b.getContext(), 1);
    Value base = LLVM::IntToPtrOp::create(b, pointer, integer);
    return LLVM::GEPOp::create(b, pointer, i32, base,
                               ArrayRef<LLVM::GEPArg>{int32_t(number)});
  }
  void fence() {
    LLVM::FenceOp::create(b, LLVM::AtomicOrdering::acq_rel, deviceScope);
  }
  Value load(Value address, LLVM::AtomicOrdering ordering) {
    return LLVM::LoadOp::create(b, i32, address, /*alignment=*/4,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                /*isInvariant=*/false,
                                /*isInvariantGroup=*/false, ordering,
                                deviceScope);
  }
  void store(Value value, Value address, LLVM::AtomicOrdering ordering) {
    LLVM::StoreOp::create(b, value, address, /*alignment=*/4,
                          /*isVolatile=*/false, /*isNonTemporal=*/false,
                          /*isInvariantGroup=*/false, ordering, deviceScope);
  }
  void byFirst(function_ref<void()> body) {
    Value thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x,
                                           b.getIndexAttr(blockThreads));
    Value first = compare(b, arith::CmpIPredicate::eq, thread, b.index(0));
    scf::IfOp::create(b, first, [&](OpBuilder &nested, Location) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(nested.getInsertionBlock(),
                          nested.getInsertionPoint());
      body();
      scf::YieldOp::create(b);
    });
  }
  Value shared(StringRef name);

  gpu::GPUModuleOp module;
  OpBuilder builder;
  IndexBuilder b;
  Type i32;
  MemRefType header;
};

enum HeaderWord { arrivedWord = 0, generationWord = 1 };

} // namespace

static Value getSharedGlobal(IndexBuilder &b, gpu::GPUModuleOp module,
                             StringRef name, MemRefType type) {
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(b, name, b.getStringAttr("private"), type,
                             b.getUnitAttr(), /*constant=*/false,
                             /*alignment=*/b.getI64IntegerAttr(16));
  }
  return memref::GetGlobalOp::create(b, type, name);
}

Value MeetingFunctions::shared(StringRef name) {
  auto type = MemRefType::get({1}, i32, MemRefLayoutAttrInterface(),
                              b.getI64IntegerAttr(3));
  return getSharedGlobal(b, module, name, type);
}

func::FuncOp MeetingFunctions::getArrive() {
  return get(
      "team.arrive", {"header"}, {header}, {b.getI1Type(), i32},
      [&](func::FuncOp function) {
        Value memory = function.getArgument(0);
        Value last = shared("shared.last"),
              generation = shared("shared.generation");
        Value size = gpu::GridDimOp::create(b, gpu::Dimension::x);
        Value blocks = arith::IndexCastOp::create(b, i32, size);
        Value one = constant(1), zero = b.index(0);
        Value alone = compare(b, arith::CmpIPredicate::eq, blocks, one);
        // What the threads of the block have written is before what one of them
        // does now.
        gpu::BarrierOp::create(b);
        byFirst([&] {
          auto count = scf::IfOp::create(
              b, alone,
              [&](OpBuilder &nested, Location loc) {
                scf::YieldOp::create(nested, loc, ValueRange{constant(0), one});
              },
              [&](OpBuilder &nested, Location loc) {
                OpBuilder::InsertionGuard guard(b);
                b.setInsertionPoint(nested.getInsertionBlock(),
                                    nested.getInsertionPoint());
                Value now = load(word(memory, generationWord),
                                 LLVM::AtomicOrdering::monotonic);
                fence();
                Value before = LLVM::AtomicRMWOp::create(
                    b, LLVM::AtomicBinOp::add, word(memory, arrivedWord), one,
                    LLVM::AtomicOrdering::monotonic, deviceScope);
                fence();
                Value here = arith::AddIOp::create(b, before, one);
                Value all = compare(b, arith::CmpIPredicate::eq, here, blocks);
                Value flag = arith::ExtUIOp::create(b, i32, all);
                scf::YieldOp::create(b, ValueRange{now, flag});
              });
          memref::StoreOp::create(b, count.getResult(0), generation, zero);
          memref::StoreOp::create(b, count.getResult(1), last, zero);
        });
        gpu::BarrierOp::create(b);
        Value flag = memref::LoadOp::create(b, last, zero);
        Value now = memref::LoadOp::create(b, generation, zero);
        Value isLast = compare(b, arith::CmpIPredicate::ne, flag, constant(0));
        func::ReturnOp::create(b, ValueRange{isLast, now});
      });
}

func::FuncOp MeetingFunctions::getRelease() {
  return get("team.release", {"header", "generation"}, {header, i32}, {},
             [&](func::FuncOp function) {
               Value memory = function.getArgument(0);
               gpu::BarrierOp::create(b);
               byFirst([&] {
                 Value size = gpu::GridDimOp::create(b, gpu::Dimension::x);
                 Value many =
                     compare(b, arith::CmpIPredicate::ne, size, b.index(1));
                 scf::IfOp::create(b, many, [&](OpBuilder &nested, Location) {
                   OpBuilder::InsertionGuard guard(b);
                   b.setInsertionPoint(nested.getInsertionBlock(),
                                       nested.getInsertionPoint());
                   store(constant(0), word(memory, arrivedWord),
                         LLVM::AtomicOrdering::monotonic);
                   fence();
                   Value next = arith::AddIOp::create(
                       b, function.getArgument(1), constant(1));
                   store(next, word(memory, generationWord),
                         LLVM::AtomicOrdering::release);
                   scf::YieldOp::create(b);
                 });
               });
               func::ReturnOp::create(b);
             });
}

func::FuncOp MeetingFunctions::getWait() {
  return get("team.wait", {"header", "generation"}, {header, i32}, {},
             [&](func::FuncOp function) {
               Value memory = function.getArgument(0);
               byFirst([&] {
                 Value address = word(memory, generationWord);
                 auto loop = scf::WhileOp::create(b, TypeRange{}, ValueRange{});
                 {
                   OpBuilder::InsertionGuard guard(b);
                   b.createBlock(&loop.getBefore());
                   Value now = load(address, LLVM::AtomicOrdering::acquire);
                   Value same = compare(b, arith::CmpIPredicate::eq, now,
                                        function.getArgument(1));
                   scf::ConditionOp::create(b, same, ValueRange{});
                   b.createBlock(&loop.getAfter());
                   NVVM::NanosleepOp::create(b, constant(64));
                   scf::YieldOp::create(b);
                 }
                 fence();
               });
               func::ReturnOp::create(b);
             });
}

static void buildMeeting(IndexBuilder &b, MeetingFunctions &functions,
                         Value header,
                         function_ref<void(IndexBuilder &)> byLast) {
  auto arrive =
      func::CallOp::create(b, functions.getArrive(), ValueRange{header});
  Value last = arrive.getResult(0), generation = arrive.getResult(1);
  func::FuncOp release = functions.getRelease(), wait = functions.getWait();
  scf::IfOp::create(
      b, last,
      [&](OpBuilder &nested, Location loc) {
        IndexBuilder inner(loc, nested);
        if (byLast)
          byLast(inner);
        func::CallOp::create(inner, release, ValueRange{header, generation});
        scf::YieldOp::create(inner);
      },
      [&](OpBuilder &nested, Location loc) {
        func::CallOp::create(nested, loc, wait, ValueRange{header, generation});
        scf::YieldOp::create(nested, loc);
      });
  gpu::BarrierOp::create(b);
}

func::FuncOp MeetingFunctions::getMeet() {
  return get("team.meet", {"header"}, {header}, {}, [&](func::FuncOp function) {
    buildMeeting(b, *this, function.getArgument(0), nullptr);
    func::ReturnOp::create(b);
  });
}

void Team::meet(IndexBuilder &b, function_ref<void(IndexBuilder &)> byLast) {
  MeetingFunctions functions(module, b.getLoc());
  if (byLast)
    return buildMeeting(b, functions, header, byLast);
  func::CallOp::create(b, functions.getMeet(), ValueRange{header});
}

//===----------------------------------------------------------------------===//
// Folds and memory
//===----------------------------------------------------------------------===//

/// The value of the lane whose number differs in the bit `mask`. A shuffle
/// moves 32 bits.
static Value buildShuffle(IndexBuilder &b, Value value, int64_t mask) {
  auto constant = [&](Type type, int64_t number) -> Value {
    return arith::ConstantOp::create(b, b.getIntegerAttr(type, number));
  };
  Type i32 = b.getI32Type(), i64 = b.getI64Type(), type = value.getType();
  auto shuffle = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(b, word, constant(i32, mask),
                                  constant(i32, warpThreads),
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  if (type.getIntOrFloatBitWidth() == 32)
    return shuffle(value);
  if (type != i64)
    value = arith::BitcastOp::create(b, i64, value);
  Value half = constant(i64, 32);
  Value low = shuffle(arith::TruncIOp::create(b, i32, value));
  Value high = shuffle(arith::TruncIOp::create(
      b, i32, arith::ShRUIOp::create(b, value, half).getResult()));
  Value whole = arith::OrIOp::create(
      b, arith::ExtUIOp::create(b, i64, low),
      arith::ShLIOp::create(b, arith::ExtUIOp::create(b, i64, high), half));
  return type == i64 ? whole : arith::BitcastOp::create(b, type, whole);
}

/// In place: whose result nobody asks for is dropped, as a call is not.
Value Team::foldWarp(IndexBuilder &b, ResultKind kind, Value value) {
  for (int64_t mask = warpThreads / 2; mask > 0; mask /= 2)
    value = buildCombine(b, kind, value, buildShuffle(b, value, mask));
  return value;
}

Value Team::foldWarps(IndexBuilder &b, ResultKind kind, Value part) {
  Type type = part.getType();
  std::string name = ("fold.warps." + stringifyResultKind(kind) + "_").str();
  llvm::raw_string_ostream(name) << type;
  func::FuncOp function = getFunction(
      b, module, name, {"part"}, type, type, [&](func::FuncOp function) {
        Team own(b, module, header, slots);
        std::string memory = "shared.fold";
        llvm::raw_string_ostream(memory) << '_' << type;
        Value shared = own.getShared(b, memory, {blockWarps}, type);
        Value isFirstLane =
            compare(b, arith::CmpIPredicate::eq, own.getLane(), b.index(0));
        scf::IfOp::create(b, isFirstLane, [&](OpBuilder &nested, Location loc) {
          memref::StoreOp::create(nested, loc, function.getArgument(0), shared,
                                  own.getWarp());
          scf::YieldOp::create(nested, loc);
        });
        gpu::BarrierOp::create(b);
        Value result = memref::LoadOp::create(b, shared, b.index(0));
        for (int64_t other = 1; other < blockWarps; ++other)
          result = buildCombine(
              b, kind, result,
              memref::LoadOp::create(b, shared, b.index(other)).getResult());
        // The memory may be written again.
        gpu::BarrierOp::create(b);
        func::ReturnOp::create(b, result);
      });
  return func::CallOp::create(b, function, part).getResult(0);
}

Value Team::fold(IndexBuilder &b, ResultKind kind, Value value) {
  Type type = value.getType();
  std::string name = ("fold.block." + stringifyResultKind(kind) + "_").str();
  llvm::raw_string_ostream(name) << type;
  func::FuncOp function = getFunction(
      b, module, name, {"value"}, type, type, [&](func::FuncOp function) {
        Value part = foldWarp(b, kind, function.getArgument(0));
        func::ReturnOp::create(b, foldWarps(b, kind, part));
      });
  return func::CallOp::create(b, function, value).getResult(0);
}

Value Team::getSlot(IndexBuilder &b, unsigned number, Type type) {
  return memref::ViewOp::create(b, MemRefType::get({1}, type), slots,
                                b.index(8 * int64_t(number)), ValueRange{});
}

Value Team::getShared(IndexBuilder &b, StringRef name, ArrayRef<int64_t> shape,
                      Type element) {
  return getSharedGlobal(b, module, name,
                         MemRefType::get(shape, element,
                                         MemRefLayoutAttrInterface(),
                                         b.getI64IntegerAttr(3)));
}
