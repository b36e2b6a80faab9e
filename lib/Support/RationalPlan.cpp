//===- RationalPlan.cpp - how many fractions, in which precision ----------===//

#include "lib/Support/RationalPlan.h"
#include <cmath>
#include <limits>

using namespace steepest;

/// ||E|| and the rounding of the product in units of epsilon, above what was
/// measured: very small matrices average nothing.
static constexpr double gramRoundings = 1;
static constexpr double productRoundings = 4;
/// Poles that rounding cannot reach, in units of epsilon.
static constexpr double definitePole = 32;
/// Beyond so many terms an eigen-decomposition costs less.
static constexpr unsigned mostTerms = 16;

static double epsilonOf(bool isFloat64) {
  return isFloat64 ? std::numeric_limits<double>::epsilon()
                   : double(std::numeric_limits<float>::epsilon());
}

double steepest::roundingOf(const PartialFractions &h, bool isFloat64,
                            WideParts wide) {
  double rounding =
      productRoundings * h.gain() * epsilonOf(isFloat64 || wide.product);
  for (size_t j = 0; j < h.poles.size(); ++j)
    rounding += gramRoundings * epsilonOf(isFloat64 || j < wide.poles) *
                h.weights[j] / (2 * h.poles[j] * std::sqrt(h.poles[j]));
  return rounding;
}

bool steepest::isDefinite(const PartialFractions &h, bool isFloat64,
                          WideParts wide) {
  for (size_t j = 0; j < h.poles.size(); ++j)
    if (h.poles[j] < definitePole * epsilonOf(isFloat64 || j < wide.poles))
      return false;
  return true;
}

double steepest::costOf(const PartialFractions &h, bool isFloat64,
                        WideParts wide, double aspect) {
  auto units = [&](bool isWide) { return isFloat64 || isWide ? 2.0 : 1.0; };
  double cost =
      aspect * units(wide.poles > 0) + 2 * aspect * units(wide.product);
  for (size_t j = 0; j < h.poles.size(); ++j)
    cost += units(j < wide.poles);
  return cost;
}

std::optional<RationalPlan> steepest::planFractions(double exponent,
                                                    double lowest, double error,
                                                    bool isFloat64,
                                                    double aspect) {
  if (!(lowest > 0 && lowest < 1 && error > 0))
    return std::nullopt;
  std::optional<RationalPlan> best;
  double leastCost = std::numeric_limits<double>::infinity();
  for (unsigned terms = 1; terms <= mostTerms; ++terms) {
    std::optional<RationalFit> fit =
        exponent == 0.5 ? zolotarev(lowest, terms)
                        : bestInversePower(exponent, lowest * lowest, terms);
    if (!fit || fit->error >= error)
      continue;
    for (bool product : {false, true})
      for (unsigned poles = 0; poles <= (isFloat64 ? 0 : terms); ++poles) {
        WideParts wide{poles, product};
        double rounding = roundingOf(fit->function, isFloat64, wide);
        double cost = costOf(fit->function, isFloat64, wide, aspect);
        if (cost < leastCost && fit->error + rounding <= error &&
            isDefinite(fit->function, isFloat64, wide)) {
          best = RationalPlan{*fit, wide, rounding};
          leastCost = cost;
        }
      }
  }
  return best;
}

std::optional<RationalFit>
steepest::planInversePower(double exponent, double lowest, double error) {
  if (!(lowest > 0 && lowest < 1 && error > 0))
    return std::nullopt;
  for (unsigned terms = 1; terms <= mostTerms; ++terms) {
    std::optional<RationalFit> fit =
        exponent == 0.5 ? zolotarev(std::sqrt(lowest), terms)
                        : bestInversePower(exponent, lowest, terms);
    if (!fit)
      continue;
    double rounding =
        gramRoundings * epsilonOf(true) / fit->function.poles.front();
    if (fit->error + rounding <= error &&
        isDefinite(fit->function, /*isFloat64=*/true, {}))
      return fit;
  }
  return std::nullopt;
}
