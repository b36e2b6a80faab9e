//===- Products.cpp - products on a team of blocks ------------------------===//
//
// Of the template's entry points (runtime/CUDA/Device/Products.def) those with
// 256 threads fit into a step's kernel. Which one it is, the shape decides when
// the step comes there (Choice.h):
//
//     f64                     fma_f64_64x64
//     f32                     fma_f32_64x64, fma_f32_128x128
//     f32, factors as bf16    mma_f32_as_bf16_64x128, _128x128; with wgmma
//     (f16 the same)          panel_bf16_64x64, _128x128
//     f32, factors as tf32    mma_tf32_64x128, _128x128; with wgmma
//                             panel_tf32_64x64, _128x128
//
// Entry points are inlined where they are called, with the flags as constants;
// so each is called from one function per combination of flags, which is not.
// Where factors are packed into panels the team meets once more, and what
// multiplies panels is called by the step itself: ptxas waits for every wgmma
// of a function that is called, so that it has to become part of the kernel, at
// one place for all products (MergeCalls.h).
//
// Tiles of 128 x 256 need more registers than a step that goes on after the
// product can spare.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Products.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "lib/Target/CUDA/MergeCalls.h"
#include "lib/Target/Common/DeviceScratch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "runtime/CUDA/Device/Choice.h"

using namespace mlir;
using namespace steepest;

namespace {

/// Symmetry as the template counts it.
enum Symmetry { Full = 0, Symmetric = 1, Lower = 2 };

/// An entry point, and the dynamic shared memory that it needs.
struct EntryPoint {
  StringRef name;
  int64_t sharedBytes;
};

/// The ways to compute products of one kind.
struct Family {
  /// Part of the names of functions.
  StringRef name;
  /// The entry point that chooses; empty where there is nothing to choose.
  StringRef choose;
  /// By the number of the choice: on any GPU, then, from panels.
  SmallVector<EntryPoint> direct, fromPanels;
  /// What packs panels, and the bytes of their elements.
  StringRef pack;
  int64_t elementBytes = 0;
};

/// Marks a product of a symmetric matrix with itself.
static constexpr StringLiteral mirroredFactorAttrName =
    "steepest.mirrored_factor";

/// Functions of a device module that call the template.
class TemplateCalls {
public:
  TemplateCalls(kernel::ProductOp op, gpu::GPUModuleOp module)
      : op(op), module(module), builder(module.getContext()),
        b(op.getLoc(), builder), i32(b.getI32Type()), i64(b.getI64Type()),
        element(cast<MemRefType>(op.getInto().getType()).getElementType()),
        generic(LLVM::LLVMPointerType::get(b.getContext())),
        global(LLVM::LLVMPointerType::get(b.getContext(), 1)),
        symmetry(op.getLowerResult() ? Lower
                 : op.getSymmetric() ? Symmetric
                                     : Full) {}

  /// (a, lda, b, ldb, c, ldc, d, ldd, m, n, k, alpha, beta, gamma), and where
  /// factors may be packed, the choice.
  func::FuncOp getProduct(const Family &family);
  /// (m, n, k), and returns the choice.
  func::FuncOp getChoice(const Family &family);
  /// (a, lda, b, ldb, m, n, k, panels a, panels b, the team's header): packs
  /// the factors, and meets.
  func::FuncOp getPacking(const Family &family);
  /// (panels a, panels b, c, ldc, d, ldd, m, n, k, alpha, beta, gamma, choice).
  func::FuncOp getFromPanels(const Family &family);
  /// Whether the choice is one from panels, on a GPU that has them.
  Value usesPanels(IndexBuilder &at, const Family &family, Value choice);
  /// X X^T and X^T X read the same panels twice, and so does S S of what a
  /// mirrored product has written, which is symmetric bit for bit.
  bool packsOnce() {
    return op.getLhs() == op.getRhs() &&
           (op.getTransposeLhs() != op.getTransposeRhs() ||
            op->hasAttr(mirroredFactorAttrName));
  }

private:
  Value call(StringRef name, ValueRange arguments, Type result = {}) {
    return callTemplate(b, module, name, arguments, result);
  }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(b, i32, value);
  }
  Value isEqual(Value a, int64_t number) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, a,
                                 constant(number));
  }
  Value choose(const Family &family, ValueRange extents);
  /// Calls `emit` with the number that is the choice.
  void switchOn(Value choice, int64_t first, int64_t count,
                function_ref<void(int64_t)> emit);
  StringRef symmetryName() const {
    return symmetry == Full        ? ""
           : symmetry == Symmetric ? ".symmetric"
                                   : ".lower";
  }
  std::string transposeName() {
    return {'.', op.getTransposeLhs() ? 't' : 'n',
            op.getTransposeRhs() ? 't' : 'n'};
  }
  Value asGeneric(Value pointer) {
    return LLVM::AddrSpaceCastOp::create(b, generic, pointer);
  }

  kernel::ProductOp op;
  gpu::GPUModuleOp module;
  OpBuilder builder;
  IndexBuilder b;
  Type i32, i64, element, generic, global;
  Symmetry symmetry;
};

} // namespace

static Family getFamily(kernel::ProductOp op, Type element) {
  if (element.isF64())
    return {"f64", "", {{"fma_f64_64x64", 33792}}, {}, "", 0};
  // In the order of Choice.h.
  Type factors = op.getFactors().value_or(element);
  int64_t bytes = getPanelElementBytes(factors);
  if (factors.isBF16())
    return {
        "bf16",
        "choose_narrow",
        {{"mma_f32_as_bf16_64x128", 36864}, {"mma_f32_as_bf16_128x128", 49152}},
        {{"panel_bf16_64x64", 147520}, {"panel_bf16_128x128", 131136}},
        "pack_bf16",
        bytes};
  if (factors.isF16())
    return {
        "f16",
        "choose_narrow",
        {{"mma_f32_as_f16_64x128", 36864}, {"mma_f32_as_f16_128x128", 49152}},
        {{"panel_f16_64x64", 147520}, {"panel_f16_128x128", 131136}},
        "pack_f16",
        bytes};
  if (factors.isTF32())
    return {"tf32",
            "choose_tf32",
            {{"mma_tf32_64x128", 36864}, {"mma_tf32_128x128", 49152}},
            {{"panel_tf32_64x64", 147520}, {"panel_tf32_128x128", 131136}},
            "pack_tf32",
            bytes};
  return {"f32",
          "choose_fma",
          {{"fma_f32_64x64", 17408}, {"fma_f32_128x128", 33792}},
          {},
          "",
          0};
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Value TemplateCalls::choose(const Family &family, ValueRange extents) {
  if (family.choose.empty())
    return constant(0);
  SmallVector<Value> arguments(extents);
  arguments.push_back(constant(symmetry != Full));
  return call(family.choose, arguments, i32);
}

func::FuncOp TemplateCalls::getChoice(const Family &family) {
  std::string name =
      ("product." + family.name + ".choose" + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  auto function =
      makeDeviceFunction(b, module, name, {i32, i32, i32}, {"m", "n", "k"});
  function.setFunctionType(b.getFunctionType({i32, i32, i32}, {i32}));
  func::ReturnOp::create(b, choose(family, function.getArguments()));
  return function;
}

Value TemplateCalls::usesPanels(IndexBuilder &at, const Family &family,
                                Value choice) {
  // Constant in the code for each GPU, so that what it has not is dropped.
  Value has = callTemplate(at, module, "has_wgmma", {}, i32);
  Value hasAny = arith::CmpIOp::create(at, arith::CmpIPredicate::ne, has,
                                       LLVM::ConstantOp::create(at, i32, 0));
  Value isOne = arith::CmpIOp::create(
      at, arith::CmpIPredicate::sge, choice,
      LLVM::ConstantOp::create(at, i32, family.direct.size()));
  return arith::AndIOp::create(at, hasAny, isOne);
}

void TemplateCalls::switchOn(Value choice, int64_t first, int64_t count,
                             function_ref<void(int64_t)> emit) {
  if (count == 1)
    return emit(0);
  auto branch = scf::IfOp::create(b, isEqual(choice, first + count - 1), true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emit(count - 1);
  b.setInsertionPointToStart(branch.elseBlock());
  switchOn(choice, first, count - 1, emit);
}

func::FuncOp TemplateCalls::getFromPanels(const Family &family) {
  std::string name =
      ("product." + family.name + ".panels" + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types = {global, global, global, i64, global,
                             i64,    i32,    i32,    i32};
  types.append(3, element);
  types.push_back(i32);
  auto function =
      makeDeviceFunction(b, module, name, types,
                         {"panelsA", "panelsB", "c", "ldc", "d", "ldd", "m",
                          "n", "k", "alpha", "beta", "gamma", "choice"});
  function->setAttr("passthrough",
                    b.getStrArrayAttr({"noinline", mergedCallsAttrName}));
  ValueRange arguments = function.getArguments();
  switchOn(arguments.back(), family.direct.size(), family.fromPanels.size(),
           [&](int64_t number) {
             SmallVector<Value> operands = {
                 asGeneric(arguments[0]), asGeneric(arguments[1]),
                 asGeneric(arguments[2]), arguments[3],
                 asGeneric(arguments[4]), arguments[5]};
             llvm::append_range(operands, arguments.slice(6, 3));
             operands.push_back(constant(symmetry));
             llvm::append_range(operands, arguments.slice(9, 3));
             operands.append(2, LLVM::ZeroOp::create(b, generic));
             call(family.fromPanels[number].name, operands);
           });
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp TemplateCalls::getPacking(const Family &family) {
  std::string name = ("product." + family.name + ".pack" + transposeName() +
                      (packsOnce() ? ".once" : ""))
                         .str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  SmallVector<Type> types = {
      global, i64,
      global, i64,
      i32,    i32,
      i32,    global,
      global, MemRefType::get({teamHeaderBytes}, b.getI8Type())};
  auto function = makeDeviceFunction(
      b, module, name, types,
      {"a", "lda", "b", "ldb", "m", "n", "k", "panelsA", "panelsB", "header"});
  ValueRange arguments = function.getArguments();
  auto pack = [&](unsigned matrix, Value rows, bool alongK, Value panels) {
    call(family.pack,
         {asGeneric(arguments[matrix]), arguments[matrix + 1], rows,
          arguments[6], constant(alongK), asGeneric(panels)});
  };
  pack(0, arguments[4], !op.getTransposeLhs(), arguments[7]);
  if (!packsOnce())
    pack(2, arguments[5], op.getTransposeRhs(), arguments[8]);
  Team(b, module, arguments[9], arguments[9]).meet(b);
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp TemplateCalls::getProduct(const Family &family) {
  bool packs = !family.fromPanels.empty();
  std::string name =
      ("product." + family.name + transposeName() + symmetryName()).str();
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  SmallVector<Type> types;
  for (int matrix = 0; matrix < 4; ++matrix)
    types.append({global, i64});
  types.append(3, i32);
  types.append(3, element);
  if (packs)
    types.push_back(i32);
  auto function =
      makeDeviceFunction(b, module, name, types,
                         {"a", "lda", "b", "ldb", "c", "ldc", "d", "ldd", "m",
                          "n", "k", "alpha", "beta", "gamma", "choice"});
  ValueRange arguments = function.getArguments();
  Value choice =
      packs ? arguments.back() : choose(family, arguments.slice(8, 3));
  auto emitDirect = [&](int64_t number) {
    SmallVector<Value> operands;
    for (int matrix = 0; matrix < 4; ++matrix)
      operands.append({asGeneric(arguments[2 * matrix]),
                       arguments[2 * matrix + 1],
                       LLVM::ConstantOp::create(b, i64, 0)});
    llvm::append_range(operands, arguments.slice(8, 3));
    operands.append({constant(1), constant(op.getTransposeLhs()),
                     constant(op.getTransposeRhs()), constant(symmetry)});
    llvm::append_range(operands, arguments.slice(11, 3));
    operands.append(2, LLVM::ZeroOp::create(b, generic));
    call(family.direct[number].name, operands);
  };
  switchOn(choice, 0, family.direct.size(), emitDirect);
  b.setInsertionPointToEnd(&function.front());
  func::ReturnOp::create(b);
  return function;
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Whether the last kernel before `user` that writes the matrix, in its block,
/// is a product that mirrors its result. Products name a buffer by one value;
/// other kernels may write it by views.
static bool isMirrored(Value matrix, Operation *user) {
  for (Operation *op = user->getPrevNode(); op; op = op->getPrevNode()) {
    if (auto product = dyn_cast<kernel::ProductOp>(op)) {
      if (product.getInto() == matrix)
        return product.getSymmetric() && !product.getLowerResult();
    } else if (op->getNumRegions() != 0 ||
               isa<kernel::KernelDialect>(op->getDialect())) {
      return false;
    }
  }
  return false;
}

void steepest::markMirroredFactors(func::FuncOp entry) {
  entry.walk([](kernel::ProductOp op) {
    if (op.getLhs() == op.getRhs() && isMirrored(op.getLhs(), op))
      op->setAttr(mirroredFactorAttrName, UnitAttr::get(op.getContext()));
  });
}

/// What a launch has to provide.
static void requireShared(gpu::GPUModuleOp module, StringRef attribute,
                          ArrayRef<EntryPoint> entries) {
  int64_t bytes = 0;
  if (auto before = module->getAttrOfType<IntegerAttr>(attribute))
    bytes = before.getInt();
  for (const EntryPoint &entry : entries)
    bytes = std::max(bytes, entry.sharedBytes);
  if (bytes)
    module->setAttr(
        attribute,
        IntegerAttr::get(IntegerType::get(module.getContext(), 64), bytes));
}

void steepest::reportDeviceProduct(kernel::ProductOp op) {
  Type element = cast<MemRefType>(op.getInto().getType()).getElementType();
  Family family = getFamily(op, element);
  if (family.choose.empty())
    return;
  bool symmetric = op.getSymmetric(), narrow = !family.fromPanels.empty();
  bool tf32 = family.name == "tf32";
  auto chosen = [&](int64_t n, bool hasWgmma) {
    return narrow ? steepest_choose_narrow(n, n, n, symmetric, hasWgmma, tf32)
                  : steepest_choose_fma(n, n, n, symmetric);
  };
  auto at = [&](int64_t n, bool hasWgmma) {
    int32_t number = chosen(n, hasWgmma);
    return number < int32_t(family.direct.size())
               ? family.direct[number].name
               : family.fromPanels[number - family.direct.size()].name;
  };
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (bool hasWgmma : {false, true}) {
    if (hasWgmma && !narrow)
      break;
    stream << (hasWgmma ? "; with wgmma " : "");
    StringRef before;
    for (int64_t n = 64; n <= 16384; n += 64)
      if (StringRef now = at(n, hasWgmma); now != before) {
        stream << (before.empty() ? "" : ", ") << now
               << (before.empty() ? "" : " from ");
        if (!before.empty())
          stream << n;
        before = now;
      }
  }
  remark::passed(op.getLoc(),
                 remark::RemarkOpts::name("DeviceProduct")
                     .category("steepest-emit-device")
                     .function(op->getParentOfType<func::FuncOp>().getName()))
      << remark::add("{0}", stream.str());
}

/// A product that may be one from panels, by the arguments of `getProduct` but
/// the choice.
static void emitChosenProduct(IndexBuilder &b, kernel::ProductOp op,
                              TemplateCalls &calls, const Family &family,
                              ArrayRef<Value> arguments, Value header) {
  ArrayRef<Value> extents = arguments.slice(8, 3);
  Value choice =
      func::CallOp::create(b, calls.getChoice(family), extents).getResult(0);
  auto ways = scf::IfOp::create(b, calls.usesPanels(b, family, choice),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ways.elseBlock());
  SmallVector<Value> direct(arguments);
  direct.push_back(choice);
  func::CallOp::create(b, calls.getProduct(family), direct);

  b.setInsertionPointToStart(ways.thenBlock());
  Value panelsA = buildGlobalMatrix(b, op.getScratch()).first;
  Value panelsB = panelsA;
  if (!calls.packsOnce()) {
    SmallVector<Value> indices;
    for (Value extent : extents)
      indices.push_back(
          arith::IndexCastOp::create(b, b.getIndexType(), extent));
    Value start = buildDeviceProductScratch(b, indices[0], indices[1],
                                            indices[2], family.elementBytes)
                      .rhs;
    panelsB = LLVM::GEPOp::create(
        b, panelsA.getType(), b.getI8Type(), panelsA,
        ArrayRef<LLVM::GEPArg>{
            arith::IndexCastOp::create(b, b.getI64Type(), start).getResult()});
  }
  SmallVector<Value> packing(arguments.take_front(4));
  llvm::append_range(packing, extents);
  packing.append({panelsA, panelsB, header});
  func::CallOp::create(b, calls.getPacking(family), packing);
  SmallVector<Value> product = {panelsA, panelsB};
  llvm::append_range(product, arguments.slice(4));
  product.push_back(choice);
  func::CallOp::create(b, calls.getFromPanels(family), product);
}

void steepest::emitDeviceProduct(kernel::ProductOp op, Team &team) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  gpu::GPUModuleOp module = team.getModule();
  Type element = cast<MemRefType>(op.getInto().getType()).getElementType();
  Family family = getFamily(op, element);
  requireShared(module, sharedBytesAttrName, family.direct);
  requireShared(module, panelBytesAttrName, family.fromPanels);

  Type i32 = b.getI32Type();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  SmallVector<Value> matrices;
  for (Value memory :
       {op.getLhs(), op.getRhs(), op.getInto(), op.getAddend()}) {
    if (!memory) {
      matrices.append({LLVM::ZeroOp::create(b, global),
                       arith::ConstantOp::create(b, b.getI64IntegerAttr(0))});
      continue;
    }
    auto [pointer, leading] = buildGlobalMatrix(b, memory);
    matrices.append({pointer, leading});
  }
  Value m = memref::DimOp::create(b, op.getInto(), 0);
  Value n = memref::DimOp::create(b, op.getInto(), 1);
  Value k = memref::DimOp::create(b, op.getLhs(), op.getTransposeLhs() ? 0 : 1);
  SmallVector<Value> extents;
  for (Value extent : {m, n, k})
    extents.push_back(arith::IndexCastOp::create(b, i32, extent));

  SmallVector<Value> arguments(matrices);
  arguments.append(extents);
  auto addScalar = [&](Value scalar, double otherwise) {
    arguments.push_back(scalar ? scalar
                               : Value(arith::ConstantOp::create(
                                     b, b.getFloatAttr(element, otherwise))));
  };
  addScalar(op.getAlpha(), 1);
  addScalar(op.getBeta(), 0);
  addScalar(op.getGamma(), 0);
  TemplateCalls calls(op, module);
  if (family.fromPanels.empty())
    func::CallOp::create(b, calls.getProduct(family), arguments);
  else
    emitChosenProduct(b, op, calls, family, arguments, team.getHeader());
  team.meet(b);
  op.erase();
}
