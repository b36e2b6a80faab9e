//===- RationalFunctions.cpp - bands become rational functions ------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
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
/// Functions in turn take the place of one where they save this fraction.
static constexpr double worthwhile = 0.05;
static constexpr double infinite = std::numeric_limits<double>::infinity();

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

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto msign = dyn_cast<matrix::MsignOp>(op))
        choose(op, msign.getContract(), /*power=*/0);
      else if (auto power = dyn_cast<matrix::SpectralPowerOp>(op))
        choose(op, power.getContractAttr(), power.getPower().convertToDouble());
    });
  }

private:
  const Machine &getMachine() const {
    return Machine::forVectorBits(vectorBits);
  }

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
    matrix::PolynomialsAttr polynomials = getPolynomials(band, goal.type);
    if (!polynomials)
      return infinite;
    return getMeanTime(getSignProblem(goal.type, polynomials, hasBf16Products),
                       getMachine());
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
    matrix::FractionsAttr fractions;
    if (auto band = dyn_cast<matrix::BandAttr>(contract))
      fractions = getFractions(band, type, power);
    matrix::RationalStepsAttr steps;
    if (power == 0)
      steps = getRationalSteps(&getContext(), goal->lowest, goal->error, type);
    double single = infinite, several = infinite;
    if (fractions)
      single = getMeanTime(
          getRationalCost(planOf(fractions, element), element, getMachine()),
          type);
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
    if (!fractions && !steps) {
      remark::missed(op->getLoc(), remarkName("FractionsRejected"))
          << remark::metric("contract", contract)
          << remark::reason("rounding in {0} leaves too little", element);
      return;
    }
    double least = std::min(single, several);
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
    bool one = single <= (1 + worthwhile) * several;
    {
      auto remark =
          remark::passed(op->getLoc(), remarkName(one ? "BandByFractions"
                                                      : "BandByRationalSteps"));
      remark << remark::metric("contract", contract);
      if (one)
        remark << remark::metric("poles", static_cast<int64_t>(
                                              fractions.getPoles().size()))
               << remark::metric("wide",
                                 static_cast<int64_t>(fractions.getWide()));
      else
        describe(remark, stepsOf(steps), element, steps.getLowest());
      if (other == infinite)
        remark << remark::reason("{0} cannot keep it", otherName);
      else
        remark << remark::metric("ratio", matrix::printReal(least / other))
               << remark::reason("of the time of {0}, in the mean over the "
                                 "extents that are possible",
                                 otherName);
    }
    op->setAttr("contract", one ? Attribute(fractions) : Attribute(steps));
  }
};
} // namespace
