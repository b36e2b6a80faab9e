//===- RationalPlan.h - how many fractions, in which precision --*- C++ -*-===//
//
// Rounding is what limits rational functions of a Gram matrix. With
// A = X X^T / s^2 known to E, the term j of h(A) X is wrong by
//
//   w_j (A + p_j)^-1 E (A + p_j)^-1 X,   whose norm is at most
//   w_j ||E|| max_x x / (x^2 + p_j) / p_j = ||E|| w_j / (2 p_j^(3/2)),
//
// and ||E|| is about one rounding error when s = (sum s_i^4)^(1/4), that is,
// when A has Frobenius norm 1: measured are 0.05 to 0.25 of epsilon, for Gram
// matrix and inverse together, from 256 to 3072 columns, for flat, decaying,
// two-valued and low-rank spectra. In float32 that leaves 1e-3 at
// p_1 = 1e-4 and grows as 1 / p_1. Taking only the smallest poles from a Gram
// matrix in float64 removes it at the price of those.
//
// The rounding of h(A), of X and of their product is multiplied by at most
// h(0), measured at 2 to 4 epsilon.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_SUPPORT_RATIONALPLAN_H
#define STEEPEST_LIB_SUPPORT_RATIONALPLAN_H

#include "lib/Support/Rational.h"

namespace steepest {

/// Which part of s h(s^2) is computed in float64 where the matrix is float32.
struct WideParts {
  /// The terms of so many smallest poles, and the Gram matrix for them.
  unsigned poles = 0;
  /// The sum of the terms and the last product.
  bool product = false;
};

/// A bound of the spectral norm of the rounding error of h(A) X for a float64
/// matrix, or for a float32 one with these parts wide.
double roundingOf(const PartialFractions &h, bool isFloat64, WideParts wide);

/// Whether no A + p_j I can lose its definiteness by rounding.
bool isDefinite(const PartialFractions &h, bool isFloat64, WideParts wide);

/// Multiply-adds in units of m^3 for an m x n matrix with n / m = `aspect` >=
/// 1, one in float64 counting twice: half a product for the Gram matrix and for
/// each inverse, one for the last product.
double costOf(const PartialFractions &h, bool isFloat64, WideParts wide,
              double aspect);

struct RationalPlan {
  RationalFit fit;
  WideParts wide;
  /// Of `roundingOf`.
  double rounding;
};

/// The cheapest way to singular values t^exponent h(t), t in [lowest^2, 1],
/// within `error` of 1 with their rounding. Nothing when neither precision
/// allows it.
std::optional<RationalPlan> planFractions(double exponent, double lowest,
                                          double error, bool isFloat64,
                                          double aspect = 1);

/// The fewest fractions h that make h(A) of a symmetric positive semidefinite A
/// of Frobenius norm 1 near A^-exponent, 0 < exponent <= 1/2, in float64:
/// eigenvalues t >= lowest become t^-exponent (1 + d), |d| <= error with their
/// rounding. A is known to E, ||E|| ~ eps; that moves h(A) by at most ||E|| /
/// p_1 beside (h_i h_j)^(1/2), p_1 the smallest pole, h_i the values of h.
/// Nothing when rounding leaves no room.
std::optional<RationalFit> planInversePower(double exponent, double lowest,
                                            double error);

} // namespace steepest

#endif // STEEPEST_LIB_SUPPORT_RATIONALPLAN_H
