//===- GramPrecision.h - rounding of the Gram form --------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H

#include "lib/Support/Polynomials.h"

#include <limits>

namespace steepest {

/// Where Gram matrices are formed: `starts` begins with 0, and every other
/// member is the number of steps before a restart.
struct Segments {
  std::vector<unsigned> starts = {0};
  /// How far rounding may move a value on the interval that matters.
  double deviation = std::numeric_limits<double>::infinity();
};

/// The largest change that rounding makes to a value of the composition on
/// [lowest, 1] when it is evaluated in Gram form with these starts, or carries
/// a value of [0, lowest) out of [0, most]. `unit` is the distance of 1 to the
/// next number; X is divided by its Schatten-4 norm or by the Frobenius norm.
///
/// Model: a singular value s is one eigenvalue r of G, one q of Q and one x of
/// X. Forming G, and each product of the chain, moves r up or down by `unit`
/// times what the spectrum with most weight there makes of it; a product with Q
/// moves q by half of the largest q; a product X Q moves x by an eighth of it.
double deviationOf(const OddSteps &steps, bool schatten4,
                   const std::vector<unsigned> &starts, double unit,
                   double lowest, double most);

/// The fewest restarts, and among these the best places, that keep the
/// deviation within `allowance`; the best of at most two restarts when none do.
Segments placeRestarts(const OddSteps &steps, bool schatten4, double unit,
                       double lowest, double most, double allowance);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_GRAMPRECISION_H
