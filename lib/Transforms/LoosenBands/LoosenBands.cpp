//===- LoosenBands.cpp - loose bands, then tight ones ---------------------===//
//
// What a band from l on loses of ||X||_* is at most k l ||X||_2 of it, k =
// min(rows, cols), and that much only when k - 1 singular values lie just below
// l ||X||_2. For a Gaussian matrix ||X||_* is about 0.85 k ||X||_2, where even
// l = gap would do. The bound that comes with a result (SumBound.h) shows what
// was lost, whatever the spectrum is.
//
//===----------------------------------------------------------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_LOOSENBANDSPASS
#include "lib/Transforms/LoosenBands/LoosenBands.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-loosen-bands";
/// The part of a gap that an msign may leave; the rest is for what a direction
/// does with it.
static constexpr double shareOfGap = 0.9;

namespace {
struct LoosenBands : steepest::impl::LoosenBandsPassBase<LoosenBands> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return target.set(context, vectorBits, device, stepPairs, factors);
  }

  void runOnOperation() override {
    SmallVector<matrix::MsignOp> asked;
    getOperation().walk([&](matrix::MsignOp op) {
      auto band = dyn_cast<matrix::BandAttr>(op.getContract());
      if (band && band.getGap() > 0)
        asked.push_back(op);
    });
    for (matrix::MsignOp op : asked)
      loosen(op, cast<matrix::BandAttr>(op.getContract()));
  }

private:
  SignTarget target;

  /// The mean time of the cheapest functions that keep a band.
  double getTime(matrix::BandAttr band, RankedTensorType type) const {
    const Machine &machine = target.getMachine();
    Type element = type.getElementType();
    double least = std::numeric_limits<double>::infinity();
    if (auto polynomials = choosePolynomials(band, type, target))
      least = polynomials->time;
    if (auto fractions =
            getFractions(band, type, /*power=*/0, getMostShorterSide(type)))
      least = std::min(least,
                       getMeanTime(getRationalCost(planOf(fractions, element),
                                                   element, machine),
                                   type));
    if (auto steps = getRationalSteps(band.getContext(), band.getLowest(),
                                      band.getError(), type))
      least = std::min(least, getMeanTime(getRationalStepsCost(
                                              stepsOf(steps), element, machine),
                                          type));
    return least;
  }

  void loosen(matrix::MsignOp op, matrix::BandAttr asked) {
    MLIRContext *context = &getContext();
    auto type = cast<RankedTensorType>(op.getInput().getType());
    double lowest = asked.getLowest(), error = asked.getError();
    auto tight = matrix::BandAttr::get(context, lowest, error);
    auto loose = matrix::BandAttr::get(context, asked.getGap(), error);
    auto name = [&](StringRef name) {
      return remark::RemarkOpts::name(name).category(category).function(
          getOperation().getSymName());
    };
    if (loose.getLowest() <= lowest) {
      remark::missed(op.getLoc(), name("BandKept"))
          << remark::metric("contract", asked)
          << remark::reason("a band from the gap on is no looser");
      op.setContractAttr(tight);
      return;
    }
    double ratio = getTime(loose, type) / getTime(tight, type);
    auto describe = [&](auto &&remark) {
      remark << remark::metric("contract", asked)
             << remark::metric("lowest", matrix::printReal(loose.getLowest()))
             << remark::metric("ratio", matrix::printReal(ratio));
    };
    if (!(ratio <= most)) {
      auto remark = remark::missed(op.getLoc(), name("BandKept"));
      describe(remark);
      remark << remark::reason(
          "a looser band takes this part of the time, more "
          "than {0} of it",
          matrix::printReal(most));
      op.setContractAttr(tight);
      return;
    }

    OpBuilder builder(op);
    FormulaBuilder m(builder, op.getLoc());
    Value x = op.getInput();
    auto take = [&](OpBuilder &builder, matrix::BandAttr band) {
      auto piece = cast<matrix::MsignOp>(builder.clone(*op));
      piece.setContractAttr(band);
      return SmallVector<Value>(piece->getResults());
    };
    SmallVector<Value> first = take(builder, loose);
    Value nuclear = first[1];
    Value value = m.div(m.dot(x, first[0]), m.max(first[2], m.constant(1)));
    Value allowed = m.mul(nuclear, m.constant(shareOfGap * asked.getGap()));
    Value isEnough =
        m.compare(arith::CmpFPredicate::OLE, m.sub(nuclear, value), allowed);
    auto keep = [&](FormulaBuilder &) { return first; };
    auto tighten = [&](FormulaBuilder &inner) {
      return take(inner.getBuilder(), tight);
    };
    op->replaceAllUsesWith(m.branch(isEnough, keep, tighten));
    {
      auto remark = remark::passed(op.getLoc(), name("BandLoosened"));
      describe(remark);
      remark << remark::reason("of the time, and enough where its own bound is "
                               "within nine tenths of the gap");
    }
    op->erase();
  }
};
} // namespace
