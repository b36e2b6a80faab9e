//===- RationalFunctions.cpp - bands become fractions ---------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
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
    getOperation().walk([&](matrix::MsignOp op) {
      if (auto band = dyn_cast<matrix::BandAttr>(op.getContract()))
        choose(op, band);
    });
  }

private:
  void choose(matrix::MsignOp op, matrix::BandAttr band) {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    StringRef function = getOperation().getSymName();
    auto rejected = [&] {
      return remark::missed(op.getLoc(),
                            remark::RemarkOpts::name("FractionsRejected")
                                .category(category)
                                .function(function));
    };
    matrix::FractionsAttr fractions = getFractions(band, type);
    if (!fractions) {
      rejected() << remark::metric("band", band)
                 << remark::reason("rounding in {0} leaves too little",
                                   type.getElementType());
      return;
    }
    const Machine &machine = Machine::forVectorBits(vectorBits);
    auto time = [&](Attribute contract) {
      return getMeanTime(getSignProblem(type, contract, hasBf16Products),
                         machine);
    };
    double byFractions = time(fractions);
    double bySteps = std::numeric_limits<double>::infinity();
    if (matrix::PolynomialsAttr polynomials = getPolynomials(band, type))
      bySteps = time(polynomials);
    double ratio = byFractions / bySteps;
    if (ratio >= 1) {
      rejected() << remark::metric("band", band)
                 << remark::metric("ratio", matrix::printReal(ratio))
                 << remark::reason("polynomial steps are cheaper");
      return;
    }
    remark::passed(op.getLoc(), remark::RemarkOpts::name("BandByFractions")
                                    .category(category)
                                    .function(function))
        << remark::metric("band", band)
        << remark::metric("poles",
                          static_cast<int64_t>(fractions.getPoles().size()))
        << remark::metric("wide", static_cast<int64_t>(fractions.getWide()))
        << remark::metric("ratio", matrix::printReal(ratio))
        << remark::reason("of the time of polynomial steps, in the mean over "
                          "the extents that are possible");
    op.setContractAttr(fractions);
  }
};
} // namespace
