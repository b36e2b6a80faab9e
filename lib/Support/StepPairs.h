//===- StepPairs.h - two odd steps in four products -------------*- C++ -*-===//
//
// Two quintic steps, x q(x^2) and x q'(x^2), multiply a singular value by
//
//   r(g) = q(g) q'(g q(g)^2),  g its square,
//
// a polynomial of degree 12. Step by step r takes five products of matrices:
// g^2, g q, g q^2, its square, and q q'. Four are enough, as for other
// polynomials of that degree (Sastre, Efficient evaluation of matrix
// polynomials, 2018). About the mean s of the twelve roots, with z = g - s,
//
//   M = z^2,  A = M^2 + u z,  B = M A,
//   r = lead (B + E + F) (B + E - F) + C
//
// where E and F are in the span of 1, z, M and z^4, and C in that of 1, z and
// M. Of the coefficients of r that of z^11 vanishes; from z^10 down each gives
// one of e4, u, e2, e1, e0, f1, f0, f2, c2, c1 and c0, those of E, F and C. The
// one of z^4 in F is free, and chosen for the least rounding.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_SUPPORT_STEPPAIRS_H
#define STEEPEST_LIB_SUPPORT_STEPPAIRS_H

#include "lib/Support/Polynomials.h"

#include <array>

namespace steepest {

/// r for two steps.
struct StepPair {
  /// s and u.
  double center, linear;
  /// E + F, E - F and C, as multiples of 1, g, M and A, so that
  /// r = lead (B + left) (B + right) + rest.
  std::array<double, 4> left, right, rest;
  double lead;
  /// The change of r by rounding, in units of the distance of 1 to the next
  /// number, for g in [0, upper^2]: to first order, where each product of two
  /// matrices is off by half of that times their norms, as in
  /// `GramPrecision.h`, and each sum by half of that times its terms.
  double rounding = 0;
  /// How far these numbers are from those that give r, by the change of r.
  double error = 0;

  /// r(g), as it is evaluated.
  double operator()(double g) const;
};

/// The pair for inputs of the first step in [0, upper]. Nothing when a step is
/// not quintic or no choice represents r.
std::optional<StepPair> pairSteps(const OddStep &first, const OddStep &second,
                                  double upper);

/// The pairs of a composition, by the number of their first step.
struct StepPairs {
  std::vector<std::optional<StepPair>> pairs;
  unsigned count = 0;
  /// How far their rounding moves a value, to first order.
  double deviation = 0;
};

/// Pairs that move values of the composition on [0, 1] by at most `allowance`,
/// from the last steps on, whose rounding no step multiplies; none goes across
/// the beginning of a segment, `starts`. `unit` is the distance of 1 to the
/// next number.
StepPairs placePairs(const OddSteps &steps, const std::vector<unsigned> &starts,
                     double unit, double allowance);

} // namespace steepest

#endif // STEEPEST_LIB_SUPPORT_STEPPAIRS_H
