//===- Band.cpp - functions that keep a band ------------------------------===//

#include "lib/Transforms/LowerSpectral/Band.h"
#include "lib/Support/Polynomials.h"
#include "lib/Transforms/LowerSpectral/RationalSign.h"
#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"

#include <cmath>

using namespace mlir;
using namespace steepest;

/// What an extent is taken to be at most while it is not known.
static constexpr int64_t largestExtent = 16384;

int64_t steepest::getMostShorterSide(RankedTensorType type) {
  int64_t smaller = largestExtent;
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      smaller = std::min(smaller, std::max<int64_t>(extent, 1));
  return smaller;
}

double steepest::getLowestOfSchatten4(double lowest, int64_t shorterSide) {
  return lowest / std::pow(shorterSide, 0.25);
}

/// Cubic steps take the place of quintic ones where they save this fraction.
static constexpr double worthCubic = 0.02;

static matrix::PolynomialsAttr
polynomialsOf(const Schedule &schedule, matrix::BandAttr band, double lowest) {
  SmallVector<double> coefficients;
  for (const OddStep &step : schedule.steps)
    coefficients.append({step.a, step.b, step.c});
  MLIRContext *context = band.getContext();
  double rounding = std::max(band.getError() - schedule.error, 0.0);
  return matrix::PolynomialsAttr::get(
      context, DenseF64ArrayAttr::get(context, coefficients), rounding, lowest,
      /*schatten4=*/true);
}

std::optional<PolynomialChoice>
steepest::choosePolynomials(matrix::BandAttr band, RankedTensorType type,
                            const SignTarget &target) {
  double lowest =
      getLowestOfSchatten4(band.getLowest(), getMostShorterSide(type));
  std::vector<Schedule> schedules = schedulesFor(lowest, band.getError());
  if (schedules.empty())
    return std::nullopt;
  auto choiceOf = [&](const Schedule &schedule) {
    matrix::PolynomialsAttr polynomials = polynomialsOf(schedule, band, lowest);
    double time = getMeanTime(getSignProblem(type, polynomials, target),
                              target.getMachine());
    return PolynomialChoice{polynomials, time, time, schedule.steps.size()};
  };
  PolynomialChoice quintic = choiceOf(schedules.front()), best = quintic;
  for (const Schedule &schedule : ArrayRef(schedules).drop_front())
    if (PolynomialChoice choice = choiceOf(schedule);
        choice.time < best.time &&
        choice.time < (1 - worthCubic) * quintic.time)
      best = choice;
  best.quinticTime = quintic.time;
  best.quinticSteps = quintic.quinticSteps;
  return best;
}

matrix::FractionsAttr steepest::getFractions(matrix::BandAttr band,
                                             RankedTensorType type,
                                             double power,
                                             int64_t shorterSide) {
  std::optional<RationalPlan> plan = planFractions(
      (1 - power) / 2, getLowestOfSchatten4(band.getLowest(), shorterSide),
      band.getError(), type.getElementType().isF64(), getAspect(type));
  return plan ? fractionsOf(band.getContext(), *plan) : matrix::FractionsAttr();
}

matrix::RationalStepsAttr steepest::getRationalSteps(MLIRContext *context,
                                                     double lowest,
                                                     double error,
                                                     RankedTensorType type) {
  double scaled = getLowestOfSchatten4(lowest, getMostShorterSide(type));
  std::optional<RationalSchedule> schedule = planRationalSteps(
      scaled, error, type.getElementType().isF64(), getAspect(type));
  return schedule ? rationalStepsOf(context, schedule->steps, scaled)
                  : matrix::RationalStepsAttr();
}
