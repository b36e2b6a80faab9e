//===- RationalSteps.h - Zolotarev functions one after another --*- C++ -*-===//
//
// One function s h(s^2) of a Gram matrix reaches no further than its rounding:
// X^T X is known to E, ||E|| ~ eps ||X||^2, which turns the singular vectors of
// the value by up to ||E|| / p_1, p_1 the smallest pole (shown below), and a
// function for values down to l has p_1 ~ l^(4/3) or less. Functions one after
// another, each of the Gram matrix of what the one before has left, need no
// such pole: with p_1 >= p the first multiplies small values by up to 2 /
// sqrt(p), the next ones have less left to do. All have one fraction in
// Halley's iteration with weights, QDWH (Nakatsukasa, Bai and Gygi, SIAM J.
// Matrix Anal. Appl. 31, 2010), and several in Zolo-PD (Nakatsukasa and Freund,
// SIAM Review 58, 2016). Both take the inverse through a QR decomposition where
// the pole is small. Here the pole is kept from being small instead, which
// costs at most one more step, and all is products and inverses.
//
// The turn: h(A + E) - h(A) = -sum_k w_k (A + p_k)^-1 E (A + p_k)^-1 + O(E^2).
// In the basis of singular vectors the value f_i = s_i h(s_i^2) gets beside it
// the entries s_i sum_k w_k E_ij / ((s_i^2 + p_k) (s_j^2 + p_k)), at most f_i
// |E_ij| / (s_j^2 + p_1); a polar factor turns by an entry over f_i + f_j. The
// rounding of the product with X, eps h(0), is beside values that are l h(0) at
// least: eps / l, which is what rounding of X itself does.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_SUPPORT_RATIONALSTEPS_H
#define STEEPEST_LIB_SUPPORT_RATIONALSTEPS_H

#include "lib/Support/Rational.h"

namespace steepest {

/// s <- s h(s^2).
struct RationalStep {
  PartialFractions function;
  /// Whether it is computed in float64 where the matrix is float32.
  bool wide = true;
};
using RationalSteps = std::vector<RationalStep>;

/// The composition at one point; the first step is applied first.
double evaluate(const RationalSteps &steps, double x);

/// The range of the composition on [lower, upper], as `imageOf` of polynomials:
/// the image of an interval under each step in turn.
Range imageOf(const RationalSteps &steps, double lower, double upper);

/// Multiply-adds in units of m^3 for an m x n matrix with n / m = `aspect` >=
/// 1, one in float64 counting twice.
double costOf(const RationalSteps &steps, bool isFloat64, double aspect);

/// A bound of how far rounding takes the value, in the spectral norm, for X
/// whose singular values are at least `lowest`: the sum over the steps of
/// eps / p_1 and 4 eps h(0) over the least value that the step leaves.
double roundingOf(const RationalSteps &steps, bool isFloat64, double lowest);

/// That of the last step alone, which bounds the singular values of the value.
double lastRoundingOf(const RationalSteps &steps, bool isFloat64);

struct RationalSchedule {
  RationalSteps steps;
  /// The largest distance from 1 on [lowest, 1], and `roundingOf`.
  double error, rounding;
};

/// The cheapest steps that bring [lowest, 1] within `error` of 1 with their
/// rounding, and keep [0, lowest] in [0, 1 + error].
///
/// Where 4 eps64 / lowest is more than that `error`, rounding of X alone takes
/// the polar factor further. Then the singular values are held to `error`, and
/// vectors to what that rounding does or, if it is more, to 1e-9. Nothing for
/// an error that float64 cannot represent.
std::optional<RationalSchedule> planRationalSteps(double lowest, double error,
                                                  bool isFloat64,
                                                  double aspect = 1);

} // namespace steepest

#endif // STEEPEST_LIB_SUPPORT_RATIONALSTEPS_H
