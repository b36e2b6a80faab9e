//===- RationalSteps.cpp - Zolotarev functions one after another ----------===//

#include "lib/Support/RationalSteps.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace steepest;

/// The rounding of a product, in units of epsilon times the gain
/// (RationalPlan.cpp).
static constexpr double productRoundings = 4;
/// More steps, or more fractions in one of them, never were the cheapest.
static constexpr unsigned mostSteps = 8, mostTerms = 6;
/// Where vectors cannot be held to the error: eps64 / this = 2e-10, and a step
/// multiplies small values by up to 2000.
static constexpr double balancedPole = 1e-6;
/// An error that float64 cannot represent, after some thousand additions.
static constexpr double leastError = 2e-14;

static double epsilonOf(bool isFloat64) {
  return isFloat64 ? std::numeric_limits<double>::epsilon()
                   : double(std::numeric_limits<float>::epsilon());
}

double steepest::evaluate(const RationalSteps &steps, double x) {
  for (const RationalStep &step : steps)
    x *= step.function(x * x);
  return x;
}

static Range imageOf(const RationalStep &step, double lower, double upper) {
  return imageOf(step.function, 0.5, lower * lower, upper * upper);
}

Range steepest::imageOf(const RationalSteps &steps, double lower,
                        double upper) {
  Range range{lower, upper};
  for (const RationalStep &step : steps)
    range = ::imageOf(step, range.lower, range.upper);
  return range;
}

static double costOf(size_t terms, bool wide, double aspect) {
  return (3 * aspect + double(terms)) * (wide ? 2 : 1);
}

double steepest::costOf(const RationalSteps &steps, bool isFloat64,
                        double aspect) {
  double cost = 0;
  for (const RationalStep &step : steps)
    cost +=
        ::costOf(step.function.poles.size(), isFloat64 || step.wide, aspect);
  return cost;
}

/// Of one step that leaves values of `least` or more.
static double roundingOf(const RationalStep &step, bool isFloat64,
                         double least) {
  const PartialFractions &h = step.function;
  double turn = 1 / h.poles.front();
  double product = productRoundings * h.gain() / least;
  return epsilonOf(isFloat64 || step.wide) * (turn + product);
}

double steepest::roundingOf(const RationalSteps &steps, bool isFloat64,
                            double lowest) {
  Range range{lowest, 1};
  double rounding = 0;
  for (const RationalStep &step : steps) {
    range = ::imageOf(step, range.lower, range.upper);
    rounding += ::roundingOf(step, isFloat64, range.lower);
  }
  return rounding;
}

double steepest::lastRoundingOf(const RationalSteps &steps, bool isFloat64) {
  return steps.empty() ? 0 : ::roundingOf(steps.back(), isFloat64, 1);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// t h(t^2) / u for t = s / u.
static PartialFractions scaled(PartialFractions h, double u) {
  h.constant /= u;
  for (double &weight : h.weights)
    weight *= u;
  for (double &pole : h.poles)
    pole *= u * u;
  return h;
}

/// The best function with so many fractions for [lower, 1], or for an interval
/// that begins higher, so that no pole is below `leastPole`; nothing when that
/// leaves no interval.
static std::optional<PartialFractions>
bestWithPoles(double lower, unsigned terms, double leastPole) {
  constexpr double most = 0.9999;
  auto allowed = [&](const RationalFit &fit) {
    return fit.function.poles.front() >= leastPole;
  };
  RationalFit fit = zolotarev(std::min(lower, most), terms);
  if (allowed(fit))
    return fit.function;
  RationalFit last = zolotarev(most, terms);
  if (!allowed(last))
    return std::nullopt;
  double low = std::log(lower), high = std::log(most);
  while (high - low > 1e-2) {
    double middle = (low + high) / 2;
    fit = zolotarev(std::exp(middle), terms);
    if (allowed(fit)) {
      high = middle;
      last = fit;
    } else {
      low = middle;
    }
  }
  return last.function;
}

namespace {
/// A search for the cheapest steps, in order of depth.
class Search {
public:
  Search(double lowest, double error, bool isFloat64, double aspect)
      : lowest(lowest), error(error), aspect(aspect), isFloat64(isFloat64),
        reachable(productRoundings * epsilonOf(true) / lowest <= error / 4) {}

  std::optional<RationalSchedule> run() {
    extend({lowest, 1}, 0, 0);
    return best;
  }

private:
  /// The smallest pole that keeps the turn within half of the error.
  double leastPole(bool wide) const {
    double pole = 2 * epsilonOf(wide) / error;
    return wide && !reachable ? std::min(pole, balancedPole) : pole;
  }

  void extend(Range range, double cost, double rounding) {
    if (steps.size() == mostSteps)
      return;
    // Once in float32, nothing is gained by float64 any more.
    bool narrow = isFloat64 || (!steps.empty() && !steps.back().wide);
    for (bool wide : {true, false}) {
      if (wide && narrow && !isFloat64)
        continue;
      if (!wide && isFloat64)
        continue;
      for (unsigned terms = 1; terms <= mostTerms; ++terms) {
        double total = cost + ::costOf(terms, wide, aspect);
        if (best && total >= leastCost)
          break;
        tryStep(range, terms, wide, total, rounding);
      }
    }
  }

  void tryStep(Range range, unsigned terms, bool wide, double cost,
               double rounding) {
    // What rounding may add to the largest value is part of the interval.
    double upper = range.upper * (1 + 1e-3 * range.error());
    auto found = bestWithPoles(range.lower / upper, terms, leastPole(wide));
    if (!found)
      return;
    steps.push_back({scaled(*found, upper), wide});
    Range image = ::imageOf(steps.back(), range.lower, upper);
    double own = ::roundingOf(steps.back(), isFloat64, image.lower);
    double total = rounding + own;
    // Values that a later step takes to 1 must stand out of the rounding.
    bool sound = wide && !reachable ? own < 2 : total < 0.75 * error;
    if (sound) {
      double slack =
          wide && !reachable ? ::roundingOf(steps.back(), isFloat64, 1) : total;
      // Smaller values stay below the largest of any of them.
      double off = std::max(image.error(), imageOf(steps, 0, 1).upper - 1);
      if (off + slack <= error) {
        best = RationalSchedule{steps, off, total};
        leastCost = cost;
      } else if (image.lower > range.lower) {
        extend(image, cost, total);
      }
    }
    steps.pop_back();
  }

  double lowest, error, aspect;
  bool isFloat64, reachable;
  RationalSteps steps;
  std::optional<RationalSchedule> best;
  double leastCost = 0;
};
} // namespace

std::optional<RationalSchedule> steepest::planRationalSteps(double lowest,
                                                            double error,
                                                            bool isFloat64,
                                                            double aspect) {
  // Written so that NaN fails too.
  if (!(lowest > 0 && lowest < 1 && error >= leastError))
    return std::nullopt;
  return Search(lowest, error, isFloat64, aspect).run();
}
