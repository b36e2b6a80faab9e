//===- ThreadContext.cpp - the pass that hands the host on ----------------===//

#include "lib/Target/CPU/ThreadContext/ThreadContext.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/HostTypes.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace steepest {
#define GEN_PASS_DEF_THREADCONTEXTPASS
#include "lib/Target/CPU/ThreadContext/ThreadContext.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using kernel::KernelDialect;

/// Whether the function itself needs the host.
static bool usesHost(func::FuncOp function) {
  if (function->hasAttr(KernelDialect::getEntryAttrName()))
    return true;
  return function
      .walk([](Operation *op) {
        return isa<kernel::ParallelOp, kernel::ThreadsOp,
                   kernel::FiniteGradientsOp, kernel::CertifyOp>(op)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// The functions that use the host, and all that call one of them.
static llvm::SetVector<func::FuncOp> collectFunctions(ModuleOp module) {
  llvm::SetVector<func::FuncOp> functions;
  for (auto function : module.getOps<func::FuncOp>())
    if (usesHost(function))
      functions.insert(function);
  for (bool changed = true; changed;) {
    changed = false;
    module.walk([&](func::CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      auto caller = call->getParentOfType<func::FuncOp>();
      if (callee && functions.contains(callee))
        changed |= functions.insert(caller);
    });
  }
  return functions;
}

static void lowerThreads(kernel::ThreadsOp op, Value context) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  Value threads = buildContextMember(b, context, ContextMember::Threads);
  op.replaceAllUsesWith(
      Value(arith::IndexCastOp::create(b, b.getIndexType(), threads)));
  op.erase();
}

static void lowerFiniteGradients(kernel::FiniteGradientsOp op, Value context) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  Value vouched =
      buildContextMember(b, context, ContextMember::FiniteGradients);
  Value zero = arith::ConstantIntOp::create(b, 0, 64);
  op.replaceAllUsesWith(
      Value(arith::CmpIOp::create(b, arith::CmpIPredicate::ne, vouched, zero)));
  op.erase();
}

/// Members are written in the order in which the op has them.
static void lowerCertify(kernel::CertifyOp op, Value context) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  Type pointer = getPointerType(b.getContext());
  Value certificates =
      buildContextMember(b, context, ContextMember::Certificates);
  Value null = LLVM::ZeroOp::create(b, pointer);
  Value wanted =
      LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, certificates, null);
  auto branch = scf::IfOp::create(b, wanted);
  b.setInsertionPointToStart(branch.thenBlock());
  Value first = b.mul(op.getDirection(), certificateDoubles);
  for (auto [position, value] :
       llvm::enumerate(op.getOperands().drop_front())) {
    Value offset =
        arith::IndexCastOp::create(b, b.getI64Type(), b.add(first, position));
    Value address =
        LLVM::GEPOp::create(b, pointer, b.getF64Type(), certificates,
                            ArrayRef<LLVM::GEPArg>{offset});
    LLVM::StoreOp::create(b, value, address);
  }
  op.erase();
}

namespace {

struct ThreadContext : steepest::impl::ThreadContextPassBase<ThreadContext> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::SetVector<func::FuncOp> functions = collectFunctions(module);
    Builder builder(&getContext());
    Type pointer = getPointerType(&getContext());
    for (func::FuncOp function : functions) {
      auto attrs = builder.getDictionaryAttr(builder.getNamedAttr(
          kernel::KernelDialect::getContextAttrName(), builder.getUnitAttr()));
      if (failed(function.insertArgument(0, pointer, attrs, function.getLoc())))
        return signalPassFailure();
      if (function.isDeclaration())
        continue;
      Value context = function.getArgument(0);
      function.walk([&](kernel::ThreadsOp op) { lowerThreads(op, context); });
      function.walk([&](kernel::FiniteGradientsOp op) {
        lowerFiniteGradients(op, context);
      });
      function.walk([&](kernel::CertifyOp op) { lowerCertify(op, context); });
    }
    module.walk([&](func::CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      if (!callee || !functions.contains(callee))
        return;
      auto caller = call->getParentOfType<func::FuncOp>();
      call.getOperandsMutable().assign([&] {
        SmallVector<Value> operands = {caller.getArgument(0)};
        llvm::append_range(operands, call.getOperands());
        return operands;
      }());
    });
  }
};

} // namespace
