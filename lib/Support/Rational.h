//===- Rational.h - rational functions for spectral functions ---*- C++ -*-===//
//
// A function of the singular values s of X that is s h(s^2) with
//
//   h(t) = C + sum_j w_j / (t + p_j),   w_j, p_j > 0,
//
// needs one Gram matrix G = X X^T, the inverses of G + p_j I, which are
// independent of each other, and one product: h(G) X. All terms are positive,
// so that nothing cancels. This file makes such h for powers: h(t) near t^-a
// with 0 < a <= 1/2, as s^(1 - 2 a) is what the polar factor (a = 1/2),
// Schatten dualizers and roots of matrices need. The coefficients are those of
// least relative error, computed when the optimizer is compiled.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_SUPPORT_RATIONAL_H
#define STEEPEST_LIB_SUPPORT_RATIONAL_H

#include "lib/Support/Polynomials.h"
#include <optional>
#include <vector>

namespace steepest {

/// h(t) = constant + sum_j weights_j / (t + poles_j), poles ascending.
struct PartialFractions {
  double constant = 0;
  std::vector<double> weights, poles;

  double operator()(double t) const;
  /// h(0), the largest value for t >= 0.
  double gain() const;
};

/// Partial fractions and their largest relative distance from the power.
struct RationalFit {
  PartialFractions function;
  double error;
};

/// Zolotarev's best approximation of the sign function on [lowest, 1] by
/// x h(x^2) with `terms` fractions, of type (2 r + 1, 2 r), centred: its values
/// are in [1 - error, 1 + error], and both are taken, 1 - error at `lowest` and
/// 1 + error at 1. It is odd, rises on [0, lowest], and beyond 1. Requires
/// 0 < lowest < 1 and terms >= 1. (Akhiezer, Elements of the Theory of Elliptic
/// Functions; Nakatsukasa and Freund, SIAM Review 58, 2016.)
RationalFit zolotarev(double lowest, unsigned terms);

/// The h with `terms` fractions that minimises the largest |t^exponent h(t) -
/// 1| on [lowest, 1], by exchange (Remez) from Zolotarev's poles, which are the
/// answer for exponent 1/2. Requires 0 < exponent <= 1/2, 0 < lowest < 1,
/// terms >= 1. Nothing when the exchange did not settle with positive
/// coefficients.
std::optional<RationalFit> bestInversePower(double exponent, double lowest,
                                            unsigned terms);

/// The range of t^exponent h(t) on [lower, upper], 0 <= lower <= upper, by its
/// extrema, up to rounding.
Range imageOf(const PartialFractions &h, double exponent, double lower,
              double upper);

} // namespace steepest

#endif // STEEPEST_LIB_SUPPORT_RATIONAL_H
