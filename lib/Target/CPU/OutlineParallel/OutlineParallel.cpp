//===- OutlineParallel.cpp - the pass that outlines tasks -----------------===//
//
// The outermost tasks of a function are outlined first. The function made of a
// task has a context of its own with one thread, so tasks within it are
// outlined in the same way, and run in a loop.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/OutlineParallel/OutlineParallel.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/HostTypes.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"

namespace steepest {
#define GEN_PASS_DEF_OUTLINEPARALLELPASS
#include "lib/Target/CPU/OutlineParallel/OutlineParallel.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {

/// A function that may contain tasks, and the context it runs them with.
struct Scope {
  func::FuncOp function;
  Value context;
};

class Outliner {
public:
  Outliner(ModuleOp module)
      : module(module), symbols(module), converter(module.getContext()) {}

  /// Outlines the outermost tasks of `scope`; appends the new functions to
  /// `pending`.
  LogicalResult outlineAll(Scope scope, SmallVectorImpl<Scope> &pending);

private:
  /// The values from above that the body uses, constants cloned into it.
  SmallVector<Value> collectCaptures(kernel::ParallelOp op);

  func::FuncOp buildTask(kernel::ParallelOp op, Scope scope,
                         LLVM::LLVMStructType captured,
                         ArrayRef<Value> captures,
                         SmallVectorImpl<Scope> &pending);

  void buildDispatch(kernel::ParallelOp op, Scope scope, func::FuncOp task,
                     Value captured);

  ModuleOp module;
  SymbolTable symbols;
  LLVMTypeConverter converter;
};

} // namespace

/// The conversions to the LLVM dialect remove these casts.
static Value buildCast(IndexBuilder &b, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

/// Stack memory made at the entry of the function: a task inside a loop must
/// not grow the stack.
static Value buildStack(IndexBuilder &b, func::FuncOp function, Type type) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  Value one = LLVM::ConstantOp::create(b, b.getI64Type(), 1);
  return LLVM::AllocaOp::create(b, getPointerType(b.getContext()), type, one);
}

SmallVector<Value> Outliner::collectCaptures(kernel::ParallelOp op) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(op.getBody(), used);
  SmallVector<Value> captures;
  OpBuilder builder = OpBuilder::atBlockBegin(&op.getBody().front());
  for (Value value : used) {
    Operation *definition = value.getDefiningOp();
    if (!definition || !definition->hasTrait<OpTrait::ConstantLike>()) {
      captures.push_back(value);
      continue;
    }
    Operation *clone = builder.clone(*definition);
    replaceAllUsesInRegionWith(value, clone->getResult(0), op.getBody());
  }
  return captures;
}

func::FuncOp Outliner::buildTask(kernel::ParallelOp op, Scope scope,
                                 LLVM::LLVMStructType captured,
                                 ArrayRef<Value> captures,
                                 SmallVectorImpl<Scope> &pending) {
  MLIRContext *context = op.getContext();
  OpBuilder builder(context);
  IndexBuilder b(op.getLoc(), builder);
  Type pointer = getPointerType(context), i64 = b.getI64Type();
  auto function =
      func::FuncOp::create(b, (scope.function.getName() + "__task").str(),
                           b.getFunctionType({pointer, i64, i64}, {}));
  function.setPrivate();
  // One copy of the code serves the loop and the host.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  symbols.insert(function, Block::iterator(scope.function));

  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping values;
  Value serial;
  for (auto [number, value] : llvm::enumerate(captures)) {
    Value member = LLVM::LoadOp::create(
        b, captured.getBody()[number],
        buildMemberAddress(b, captured, entry->getArgument(0), number));
    if (value == scope.context) {
      Type type = getContextType(context);
      serial = buildStack(b, function, type);
      LLVM::StoreOp::create(b, LLVM::LoadOp::create(b, type, member), serial);
      Value one = LLVM::ConstantOp::create(b, i64, 1);
      LLVM::StoreOp::create(
          b, one,
          buildMemberAddress(b, type, serial,
                             static_cast<int32_t>(ContextMember::Threads)));
      values.map(value, serial);
      continue;
    }
    values.map(value, buildCast(b, member, value.getType()));
  }
  if (serial)
    pending.push_back({function, serial});
  for (auto [argument, raw] : llvm::zip_equal(
           op.getBody().getArguments(), entry->getArguments().drop_front()))
    values.map(argument, arith::IndexCastOp::create(b, b.getIndexType(), raw));
  for (Operation &nested : op.getBody().front().without_terminator())
    b.clone(nested, values);
  func::ReturnOp::create(b);
  return function;
}

void Outliner::buildDispatch(kernel::ParallelOp op, Scope scope,
                             func::FuncOp task, Value captured) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  Type pointer = getPointerType(b.getContext()), i64 = b.getI64Type();
  Value one = arith::ConstantIntOp::create(b, 1, 64);
  Value tasks = arith::IndexCastOp::create(b, i64, op.getTasks());
  Value threads = buildContextMember(b, scope.context, ContextMember::Threads);
  auto isSeveral = [&](Value count) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, count, one);
  };
  Value parallel =
      arith::AndIOp::create(b, isSeveral(threads), isSeveral(tasks));
  auto branch = scf::IfOp::create(b, parallel, /*withElseRegion=*/true);

  b.setInsertionPointToStart(branch.thenBlock());
  Value parallelFor =
      buildContextMember(b, scope.context, ContextMember::ParallelFor);
  Value pool = buildContextMember(b, scope.context, ContextMember::Pool);
  Value body = buildCast(
      b, func::ConstantOp::create(b, task.getFunctionType(), task.getSymName()),
      pointer);
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer, i64, pointer, pointer});
  LLVM::CallOp::create(b, type,
                       ValueRange{parallelFor, pool, tasks, body, captured});

  b.setInsertionPointToStart(branch.elseBlock());
  scf::ForOp::create(
      b, b.index(0), op.getTasks(), b.index(1), ValueRange(),
      [&](OpBuilder &nested, Location loc, Value number, ValueRange) {
        IndexBuilder b(loc, nested);
        Value raw = arith::IndexCastOp::create(b, i64, number);
        Value worker = arith::ConstantIntOp::create(b, 0, 64);
        func::CallOp::create(b, task, ValueRange{captured, raw, worker});
        scf::YieldOp::create(b);
      });
}

LogicalResult Outliner::outlineAll(Scope scope,
                                   SmallVectorImpl<Scope> &pending) {
  SmallVector<kernel::ParallelOp> outermost;
  scope.function.walk<WalkOrder::PreOrder>([&](kernel::ParallelOp op) {
    outermost.push_back(op);
    return WalkResult::skip();
  });
  for (kernel::ParallelOp op : outermost) {
    SmallVector<Value> captures = collectCaptures(op);
    // Tasks within this task need a context.
    bool isNested =
        op.getBody()
            .walk([](kernel::ParallelOp) { return WalkResult::interrupt(); })
            .wasInterrupted();
    if (isNested && !llvm::is_contained(captures, scope.context))
      captures.push_back(scope.context);

    SmallVector<Type> types;
    for (Value value : captures) {
      types.push_back(converter.convertType(value.getType()));
      if (!types.back())
        return op.emitOpError("expects to capture values that LLVM has, got ")
               << value.getType();
    }
    auto captured =
        LLVM::LLVMStructType::getLiteral(module.getContext(), types);
    OpBuilder builder(op);
    IndexBuilder b(op.getLoc(), builder);
    Value stack = buildStack(b, scope.function, captured);
    for (auto [number, value] : llvm::enumerate(captures))
      LLVM::StoreOp::create(b, buildCast(b, value, types[number]),
                            buildMemberAddress(b, captured, stack, number));
    func::FuncOp task = buildTask(op, scope, captured, captures, pending);
    buildDispatch(op, scope, task, stack);
    op.erase();
  }
  return success();
}

namespace {

struct OutlineParallel
    : steepest::impl::OutlineParallelPassBase<OutlineParallel> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Scope> pending;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getNumArguments() != 0 && !function.isDeclaration() &&
          function.getArgAttr(0, kernel::KernelDialect::getContextAttrName()))
        pending.push_back({function, function.getArgument(0)});
    Outliner outliner(getOperation());
    while (!pending.empty())
      if (failed(outliner.outlineAll(pending.pop_back_val(), pending)))
        return signalPassFailure();
  }
};

} // namespace
