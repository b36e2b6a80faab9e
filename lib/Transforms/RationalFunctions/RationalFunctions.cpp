//===- RationalFunctions.cpp - bands become rational functions ------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
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
/// Functions in turn take the place of one where they save this fraction.
static constexpr double worthTurns = 0.05;
static constexpr double infinite = std::numeric_limits<double>::infinity();

/// Limits of the shorter side that are tried: the fewer singular values X has,
/// the larger is the least of them that must be right, relative to ||X||_S4.
static constexpr int64_t shorterSides[] = {128, 256, 512, 1024, 2048, 4096};
/// A function for these alone costs code, and must save this fraction of the
/// mean time.
static constexpr double worthBranch = 0.1;

namespace {
/// What a spectral function is asked for.
struct Goal {
  /// The contract; `power` is 0 for a polar factor.
  Attribute contract;
  double power, lowest, error;
  RankedTensorType type;
};

struct RationalFunctions
    : steepest::impl::RationalFunctionsPassBase<RationalFunctions> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return target.set(context, vectorBits, device, stepPairs, factors);
  }

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
  SignTarget target;

  const Machine &getMachine() const { return target.getMachine(); }

  /// The mean time without rational functions: polynomial steps make polar
  /// factors, an eigen-decomposition exact ones and other powers.
  double getOtherTime(const Goal &goal) {
    Type element = goal.type.getElementType();
    auto band = dyn_cast<matrix::BandAttr>(goal.contract);
    if (goal.power > 0 || !band)
      return goal.power > 0 || goal.lowest >= getExactLowest(element)
                 ? getMeanTime(getExactCost(getMachine(), &getContext()),
                               goal.type)
                 : infinite;
    std::optional<PolynomialChoice> choice =
        choosePolynomials(band, goal.type, target);
    return choice ? choice->time : infinite;
  }

  static std::optional<Goal> getGoal(Attribute contract, double power,
                                     RankedTensorType type) {
    if (auto band = dyn_cast_or_null<matrix::BandAttr>(contract))
      return Goal{contract, power, band.getLowest(), band.getError(), type};
    auto exact = dyn_cast_or_null<matrix::ExactAttr>(contract);
    // Without a lowest value noise is told from signal, which no function does.
    if (!exact || !(exact.getLowest() > 0))
      return std::nullopt;
    double error = getWorkingPrecision(type.getElementType());
    return Goal{contract, power, exact.getLowest(), error, type};
  }

  template <typename Remark>
  static void describe(Remark &remark, const RationalSteps &steps, Type element,
                       double lowest) {
    size_t poles = 0, wide = 0;
    for (const RationalStep &step : steps) {
      poles += step.function.poles.size();
      wide += step.wide && element.isF32() ? step.function.poles.size() : 0;
    }
    double rounding = roundingOf(steps, element.isF64(), lowest);
    remark << remark::metric("steps", static_cast<int64_t>(steps.size()))
           << remark::metric("poles", static_cast<int64_t>(poles))
           << remark::metric("wide", static_cast<int64_t>(wide))
           << remark::metric("lowest", matrix::printReal(lowest))
           << remark::metric("rounding", matrix::printReal(rounding));
  }

  /// The fractions for all extents that the type allows, and others for those
  /// with a shorter side of at most `limit` where that pays.
  struct Pieces {
    matrix::FractionsAttr whole, shorter;
    int64_t limit = 0;
    /// The mean time of both, and that of `shorter` as a part of that of
    /// `whole` where it applies.
    double time = infinite, gain = 1;
  };

  Pieces choosePieces(matrix::BandAttr band, RankedTensorType type,
                      double power) {
    int64_t most = getMostShorterSide(type);
    Type element = type.getElementType();
    auto costOf = [&](matrix::FractionsAttr fractions) {
      return getRationalCost(planOf(fractions, element), element, getMachine());
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
      if (mean >= pieces.time || mean > (1 - worthBranch) * time)
        continue;
      pieces.shorter = fractions;
      pieces.limit = limit;
      pieces.time = mean;
      pieces.gain = cost.at(limit, limit) / whole.at(limit, limit);
    }
    return pieces;
  }

  /// One of both functions, by a comparison of the extents.
  static void branchOnShorterSide(Operation *op, const Pieces &pieces) {
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

  void choose(Operation *op, Attribute contract, double power) {
    auto type = cast<RankedTensorType>(op->getOperand(0).getType());
    std::optional<Goal> goal = getGoal(contract, power, type);
    if (!goal)
      return;
    auto remarkName = [&](StringRef name) {
      return remark::RemarkOpts::name(name).category(category).function(
          getOperation().getSymName());
    };
    Type element = type.getElementType();
    Pieces pieces;
    if (auto band = dyn_cast<matrix::BandAttr>(contract))
      pieces = choosePieces(band, type, power);
    matrix::RationalStepsAttr steps;
    if (power == 0)
      steps = getRationalSteps(&getContext(), goal->lowest, goal->error, type);
    double several = infinite;
    if (steps)
      several = getMeanTime(
          getRationalStepsCost(stepsOf(steps), element, getMachine()), type);
    double other = getOtherTime(*goal);
    if (!steps && isa<matrix::ExactAttr>(contract) && other == infinite) {
      op->emitOpError() << "has no function for " << contract << " of "
                        << element << ": float64 represents singular values "
                        << "from about 1e-15 of the Schatten-4 norm on";
      return signalPassFailure();
    }
    if (!pieces.whole && !steps) {
      remark::missed(op->getLoc(), remarkName("FractionsRejected"))
          << remark::metric("contract", contract)
          << remark::reason("rounding in {0} leaves too little", element);
      return;
    }
    double least = std::min(pieces.time, several);
    bool byPolynomials = power == 0 && isa<matrix::BandAttr>(contract);
    StringRef otherName =
        byPolynomials ? "polynomial steps" : "an eigen-decomposition";
    if (least >= other) {
      remark::missed(op->getLoc(), remarkName("FractionsRejected"))
          << remark::metric("contract", contract)
          << remark::metric("ratio", matrix::printReal(least / other))
          << remark::reason("{0} cost less", otherName);
      return;
    }
    auto compare = [&](auto &remark) {
      if (other == infinite)
        remark << remark::reason("{0} cannot keep it", otherName);
      else
        remark << remark::metric("ratio", matrix::printReal(least / other))
               << remark::reason("of the time of {0}, in the mean over the "
                                 "extents that are possible",
                                 otherName);
    };
    if (pieces.time > (1 + worthTurns) * several) {
      auto remark =
          remark::passed(op->getLoc(), remarkName("BandByRationalSteps"));
      remark << remark::metric("contract", contract);
      describe(remark, stepsOf(steps), element, steps.getLowest());
      compare(remark);
      op->setAttr("contract", steps);
      return;
    }
    auto choose = [&](matrix::FractionsAttr fractions, auto add) {
      auto remark = remark::passed(op->getLoc(), remarkName("BandByFractions"));
      remark << remark::metric("contract", contract)
             << remark::metric(
                    "poles", static_cast<int64_t>(fractions.getPoles().size()))
             << remark::metric("wide",
                               static_cast<int64_t>(fractions.getWide()));
      add(remark);
    };
    if (pieces.shorter)
      choose(pieces.shorter, [&](auto &remark) {
        remark << remark::metric("side", pieces.limit)
               << remark::metric("ratio", matrix::printReal(pieces.gain))
               << remark::reason("of the time of the fractions for all "
                                 "extents, where a side is no longer");
      });
    choose(pieces.whole, compare);
    if (pieces.shorter)
      branchOnShorterSide(op, pieces);
    else
      op->setAttr("contract", pieces.whole);
  }
};
} // namespace
