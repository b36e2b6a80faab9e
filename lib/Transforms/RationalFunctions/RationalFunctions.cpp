//===- RationalFunctions.cpp - bands become fractions ---------------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/Spectral.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"

namespace steepest {
#define GEN_PASS_DEF_RATIONALFUNCTIONSPASS
#include "lib/Transforms/RationalFunctions/RationalFunctions.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-rational-functions";

/// Limits of the shorter side that are tried: the fewer singular values X has,
/// the larger is the least of them that must be right, relative to ||X||_S4.
static constexpr int64_t shorterSides[] = {128, 256, 512, 1024, 2048, 4096};
/// A second function costs code, and must save a tenth of the mean time.
static constexpr double worthwhile = 0.9;

namespace {
struct RationalFunctions
    : steepest::impl::RationalFunctionsPassBase<RationalFunctions> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> functions;
    getOperation().walk([&](Operation *op) {
      if (isa<matrix::MsignOp, matrix::SpectralPowerOp>(op))
        functions.push_back(op);
    });
    for (Operation *op : functions)
      if (auto msign = dyn_cast<matrix::MsignOp>(op))
        choose(op, msign.getContract(), /*power=*/0);
      else if (auto power = dyn_cast<matrix::SpectralPowerOp>(op))
        choose(op, power.getContractAttr(), power.getPower().convertToDouble());
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

  /// The fractions for all extents that the type allows, and others for those
  /// with a shorter side of at most `limit` where that pays.
  struct Pieces {
    matrix::FractionsAttr whole, shorter;
    int64_t limit = 0;
    /// The mean time of both, and that of `shorter` as a part of that of
    /// `whole` where it applies.
    double time = 0, gain = 1;
  };

  Pieces choosePieces(matrix::BandAttr band, RankedTensorType type,
                      double power) {
    int64_t most = getMostShorterSide(type);
    Type element = type.getElementType();
    auto costOf = [&](matrix::FractionsAttr fractions) {
      return getRationalCost(planOf(fractions, element), element, machine());
    };
    Pieces pieces;
    pieces.whole = getFractions(band, type, power, most);
    if (!pieces.whole)
      return pieces;
    Cost whole = costOf(pieces.whole);
    double time = pieces.time = getMeanTime(whole, type);
    if (type.hasStaticShape())
      return pieces;
    for (int64_t limit : shorterSides) {
      if (limit >= most)
        continue;
      matrix::FractionsAttr fractions = getFractions(band, type, power, limit);
      Cost cost = costOf(fractions);
      double mean = getMeanTime(type, [&](double n, double m) {
        return (m <= limit ? cost : whole).at(n, m);
      });
      if (mean >= pieces.time || mean > worthwhile * time)
        continue;
      pieces.shorter = fractions;
      pieces.limit = limit;
      pieces.time = mean;
      pieces.gain = cost.at(limit, limit) / whole.at(limit, limit);
    }
    return pieces;
  }

  const Machine &machine() const { return Machine::forVectorBits(vectorBits); }

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
    Pieces pieces = choosePieces(band, type, power);
    if (!pieces.whole) {
      rejected() << remark::metric("band", band)
                 << remark::reason("rounding in {0} leaves too little",
                                   type.getElementType());
      return;
    }
    double ratio = pieces.time / getOtherTime(band, type, power, machine());
    StringRef other = power > 0 ? "an eigen-decomposition" : "polynomial steps";
    if (ratio >= 1) {
      rejected() << remark::metric("band", band)
                 << remark::metric("ratio", matrix::printReal(ratio))
                 << remark::reason("{0} cost less", other);
      return;
    }
    auto chosen =
        [&](matrix::FractionsAttr fractions,
            function_ref<void(remark::detail::InFlightRemark &)> add) {
          auto chosen = remark::passed(
              op->getLoc(), remark::RemarkOpts::name("BandByFractions")
                                .category(category)
                                .function(function));
          chosen << remark::metric("band", band)
                 << remark::metric("poles", static_cast<int64_t>(
                                                fractions.getPoles().size()))
                 << remark::metric("wide",
                                   static_cast<int64_t>(fractions.getWide()));
          add(chosen);
        };
    if (pieces.shorter)
      chosen(pieces.shorter, [&](auto &remark) {
        remark << remark::metric("side", pieces.limit)
               << remark::metric("ratio", matrix::printReal(pieces.gain))
               << remark::reason(
                      "of the time of the fractions for all extents, "
                      "where a side is no longer");
      });
    chosen(pieces.whole, [&](auto &remark) {
      remark << remark::metric("ratio", matrix::printReal(ratio))
             << remark::reason("of the time of {0}, in the mean over the "
                               "extents that are possible",
                               other);
    });
    if (!pieces.shorter) {
      op->setAttr("contract", pieces.whole);
      return;
    }
    OpBuilder builder(op);
    FormulaBuilder m(builder, op->getLoc());
    Value x = op->getOperand(0);
    auto isAtMost = [&](Value extent) -> Value {
      Value limit =
          arith::ConstantIndexOp::create(builder, op->getLoc(), pieces.limit);
      return arith::CmpIOp::create(builder, op->getLoc(),
                                   arith::CmpIPredicate::sle, extent, limit);
    };
    Value isShort = arith::OrIOp::create(
        builder, op->getLoc(), isAtMost(m.rows(x)), isAtMost(m.cols(x)));
    auto apply = [&](matrix::FractionsAttr fractions) {
      return [op, fractions](FormulaBuilder &inner) {
        Operation *piece = inner.getBuilder().clone(*op);
        piece->setAttr("contract", fractions);
        return SmallVector<Value>(piece->getResults());
      };
    };
    op->replaceAllUsesWith(
        m.branch(isShort, apply(pieces.shorter), apply(pieces.whole)));
    op->erase();
  }
};
} // namespace
