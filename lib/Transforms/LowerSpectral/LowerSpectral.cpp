//===- LowerSpectral.cpp - spectral functions by products -----------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/Spectral.h"
#include "lib/Transforms/Passes.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERSPECTRALPASS
#include "lib/Transforms/LowerSpectral/LowerSpectral.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-lower-spectral";

/// Null where the operation needs no eigen-decomposition of a Gram matrix.
static Value getDecomposed(Operation *op) {
  auto power = dyn_cast<matrix::SpectralPowerOp>(op);
  if (power && isa_and_nonnull<matrix::FractionsAttr>(power.getContractAttr()))
    return {};
  if (isa<matrix::SpectralPowerOp, matrix::LeadingOp, matrix::SingularValuesOp>(
          op))
    return op->getOperand(0);
  return {};
}

/// `op`, and what else its eigenvectors, or those of another one of them, are
/// good for: functions of the same matrix in the same block.
static SmallVector<Operation *> getCompanions(Operation *op) {
  SmallVector<Operation *> companions;
  for (Operation &other : *op->getBlock())
    if (getDecomposed(&other) == getDecomposed(op))
      companions.push_back(&other);
  return companions;
}

static void remarkGram(Operation *op, StringRef function) {
  remark::passed(op->getLoc(), remark::RemarkOpts::name("GramDecomposition")
                                   .category(category)
                                   .function(function))
      << remark::metric("operation", op->getName().getStringRef())
      << remark::add("eigen-decomposition of the smaller Gram matrix in "
                     "float64: 3 n m^2 + about 11 m^3 flops");
}

static void remarkShared(Operation *op, StringRef function, StringRef reason) {
  remark::passed(op->getLoc(), remark::RemarkOpts::name("DecompositionShared")
                                   .category(category)
                                   .function(function))
      << remark::reason("{0}", reason)
      << remark::metric("operation", op->getName().getStringRef());
}

namespace {
struct LowerSpectral : steepest::impl::LowerSpectralPassBase<LowerSpectral> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return target.set(context, vectorBits, device, stepPairs, factors);
  }

  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    function = optimizer.getSymName();
    if (shareDecompositions)
      replaceValuesOfLeading();
    // Companions go together with the first of them.
    llvm::SetVector<Operation *> work;
    optimizer.walk([&](Operation *op) {
      if (isa<matrix::MsignOp>(op) || isa<matrix::SpectralPowerOp>(op) ||
          getDecomposed(op))
        work.insert(op);
    });
    while (!work.empty()) {
      Operation *op = work.front();
      SmallVector<Operation *> together = {op};
      if (getDecomposed(op) && shareDecompositions)
        together = getCompanions(op);
      for (Operation *done : together)
        work.remove(done);
      if (failed(lower(together)))
        return signalPassFailure();
    }
  }

private:
  /// The singular values of U1 V1^T / k are k times 1 / k.
  void replaceValuesOfLeading() {
    getOperation().walk([&](matrix::SingularValuesOp op) {
      auto leading = op.getInput().getDefiningOp<matrix::LeadingOp>();
      if (!leading)
        return;
      remarkShared(op, function,
                   "of a leading part they follow from its sum "
                   "of squares");
      OpBuilder builder(op);
      FormulaBuilder m(builder, op.getLoc());
      op.getResult().replaceAllUsesWith(
          buildValuesOfLeading(m, leading.getResult()));
      op.erase();
    });
  }

  /// Lowers the first operation, and what shares its decomposition.
  LogicalResult lower(ArrayRef<Operation *> together) {
    Operation *first = together.front();
    OpBuilder builder(first);
    FormulaBuilder m(builder, first->getLoc());
    SmallVector<SmallVector<Value>> results;
    if (auto msign = dyn_cast<matrix::MsignOp>(first)) {
      auto type = cast<RankedTensorType>(msign.getInput().getType());
      SignProblem problem = getSignProblem(type, msign.getContract(), target);
      auto sign =
          buildSignByRoute(m, msign, problem, target.getMachine(), function);
      if (failed(sign))
        return failure();
      results.push_back({sign->result, sign->nuclear, sign->spectral});
    } else if (!getDecomposed(first)) {
      auto power = cast<matrix::SpectralPowerOp>(first);
      Value x = power.getInput();
      RationalPlan plan =
          planOf(cast<matrix::FractionsAttr>(power.getContractAttr()),
                 getElementTypeOrSelf(x));
      auto [result, sum, excess] =
          buildRationalPower(m, x, power.getPower().convertToDouble(), plan);
      results.push_back({result, sum, excess});
    } else {
      remarkGram(first, function);
      for (Operation *companion : together.drop_front())
        remarkShared(companion, function,
                     "one decomposition serves all functions of a matrix");
      results = buildGramFunctions(m, together);
    }
    for (auto [op, values] : llvm::zip(together, results)) {
      op->replaceAllUsesWith(values);
      op->erase();
    }
    return success();
  }

  StringRef function;
  SignTarget target;
};
} // namespace
