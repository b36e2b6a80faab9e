//===- PolynomialSteps.cpp - bands become polynomial steps ----------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/Passes.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_POLYNOMIALSTEPSPASS
#include "lib/Transforms/PolynomialSteps/PolynomialSteps.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static constexpr StringLiteral category = "steepest-polynomial-steps";

namespace {
struct PolynomialSteps
    : steepest::impl::PolynomialStepsPassBase<PolynomialSteps> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return target.set(context, vectorBits, device, stepPairs, factors);
  }

  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    WalkResult result = optimizer.walk([&](matrix::MsignOp op) {
      auto band = dyn_cast<matrix::BandAttr>(op.getContract());
      if (!band)
        return WalkResult::advance();
      auto type = cast<RankedTensorType>(op.getInput().getType());
      std::optional<PolynomialChoice> choice =
          choosePolynomials(band, type, target);
      if (!choice) {
        op.emitOpError() << "has no polynomial steps for " << band
                         << "; ask for #steepest.exact";
        return WalkResult::interrupt();
      }
      matrix::PolynomialsAttr polynomials = choice->polynomials;
      ArrayRef<double> coefficients = polynomials.getCoefficients();
      int64_t steps = coefficients.size() / 3, cubic = 0;
      for (int64_t i = 0; i < steps; ++i)
        cubic += coefficients[3 * i + 2] == 0;
      auto remark = remark::passed(op.getLoc(),
                                   remark::RemarkOpts::name("BandByPolynomials")
                                       .category(category)
                                       .function(optimizer.getSymName()));
      remark << remark::metric("band", band) << remark::metric("steps", steps)
             << remark::metric("cubic", cubic)
             << remark::metric("lowest",
                               matrix::printReal(polynomials.getLowest()))
             << remark::metric("rounding",
                               matrix::printReal(polynomials.getRounding()));
      if (cubic > 0)
        remark << remark::metric(
                      "ratio",
                      matrix::printReal(choice->time / choice->quinticTime))
               << remark::reason(
                      "of the time of {0} quintic steps, in the mean "
                      "over the extents that are possible",
                      static_cast<int64_t>(choice->quinticSteps));
      op.setContractAttr(polynomials);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  SignTarget target;
};
} // namespace
