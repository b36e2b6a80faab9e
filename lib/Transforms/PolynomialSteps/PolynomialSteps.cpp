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

  void runOnOperation() override {
    OptimizerOp optimizer = getOperation();
    WalkResult result = optimizer.walk([&](matrix::MsignOp op) {
      auto band = dyn_cast<matrix::BandAttr>(op.getContract());
      if (!band)
        return WalkResult::advance();
      auto type = cast<RankedTensorType>(op.getInput().getType());
      matrix::PolynomialsAttr polynomials = getPolynomials(band, type);
      if (!polynomials) {
        op.emitOpError() << "has no polynomial steps for " << band
                         << "; ask for #steepest.exact";
        return WalkResult::interrupt();
      }
      remark::passed(op.getLoc(), remark::RemarkOpts::name("BandByPolynomials")
                                      .category(category)
                                      .function(optimizer.getSymName()))
          << remark::metric("band", band)
          << remark::metric(
                 "steps",
                 static_cast<int64_t>(polynomials.getCoefficients().size() / 3))
          << remark::metric("lowest",
                            matrix::printReal(polynomials.getLowest()))
          << remark::metric("rounding",
                            matrix::printReal(polynomials.getRounding()));
      op.setContractAttr(polynomials);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
