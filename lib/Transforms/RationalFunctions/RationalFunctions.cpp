//===- RationalFunctions.cpp - bands become fractions ---------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/Spectral.h"
#include "lib/Transforms/Passes.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_RATIONALFUNCTIONSPASS
#include "lib/Transforms/RationalFunctions/RationalFunctions.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static constexpr StringLiteral category = "steepest-rational-functions";

namespace {
struct RationalFunctions
    : steepest::impl::RationalFunctionsPassBase<RationalFunctions> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto msign = dyn_cast<matrix::MsignOp>(op))
        choose(op, msign.getContract(), /*power=*/0);
      else if (auto power = dyn_cast<matrix::SpectralPowerOp>(op))
        choose(op, power.getContractAttr(), power.getPower().convertToDouble());
    });
  }

private:
  /// The mean time without fractions: polynomial steps make polar factors, an
  /// eigen-decomposition other powers.
  double getOtherTime(matrix::BandAttr band, RankedTensorType type,
                      double power, const Machine &machine) {
    if (power > 0)
      return getMeanTime(getExactCost(machine, &getContext()), type);
    matrix::PolynomialsAttr polynomials = getPolynomials(band, type);
    if (!polynomials)
      return std::numeric_limits<double>::infinity();
    return getMeanTime(getSignProblem(type, polynomials, hasBf16Products),
                       machine);
  }

  void choose(Operation *op, Attribute contract, double power) {
    auto band = dyn_cast_or_null<matrix::BandAttr>(contract);
    if (!band)
      return;
    auto type = cast<RankedTensorType>(op->getOperand(0).getType());
    StringRef function = getOperation().getSymName();
    auto rejected = [&] {
      return remark::missed(op->getLoc(),
                            remark::RemarkOpts::name("FractionsRejected")
                                .category(category)
                                .function(function));
    };
    matrix::FractionsAttr fractions = getFractions(band, type, power);
    if (!fractions) {
      rejected() << remark::metric("band", band)
                 << remark::reason("rounding in {0} leaves too little",
                                   type.getElementType());
      return;
    }
    const Machine &machine =
        device ? Machine::forGPU() : Machine::forVectorBits(vectorBits);
    Type element = type.getElementType();
    double ratio = getMeanTime(getRationalCost(planOf(fractions, element),
                                               element, machine),
                               type) /
                   getOtherTime(band, type, power, machine);
    StringRef other = power > 0 ? "an eigen-decomposition" : "polynomial steps";
    if (ratio >= 1) {
      rejected() << remark::metric("band", band)
                 << remark::metric("ratio", matrix::printReal(ratio))
                 << remark::reason("{0} cost less", other);
      return;
    }
    remark::passed(op->getLoc(), remark::RemarkOpts::name("BandByFractions")
                                     .category(category)
                                     .function(function))
        << remark::metric("band", band)
        << remark::metric("poles",
                          static_cast<int64_t>(fractions.getPoles().size()))
        << remark::metric("wide", static_cast<int64_t>(fractions.getWide()))
        << remark::metric("ratio", matrix::printReal(ratio))
        << remark::reason("of the time of {0}, in the mean over the extents "
                          "that are possible",
                          other);
    op->setAttr("contract", fractions);
  }
};
} // namespace
