//===- Smoothed.h - smoothed dual norms -------------------------*- C++ -*-===//
//
// What Newton's method asks of a norm: its dual without the kinks, with the
// gradient and the second derivative of that. A norm that is an l_p norm of
// magnitudes (entries, lengths of columns or rows, singular values) has the l_q
// norm of the same magnitudes as its dual, 1/p + 1/q = 1.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_SMOOTHED_SMOOTHED_H
#define STEEPEST_LIB_MODELS_SMOOTHED_SMOOTHED_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

void attachSmoothedNorms(mlir::MLIRContext &context);
void attachSmoothedGroups(mlir::MLIRContext &context);
void attachSmoothedScaled(mlir::MLIRContext &context);
void attachSmoothedSchatten(mlir::MLIRContext &context);

/// Whether `norm`, and what it is made of, has a smoothed dual.
bool hasSmoothedDual(mlir::Attribute norm);

/// (sum s_i^q)^(1/q) of magnitudes s >= 0, smoothed.
///
/// q <= 2 (p >= 2). r_i = sqrt(s_i^2 + e^2) with e = smoothing * mean(s):
///
///   value f = (sum r_i^q)^(1/q),   weights w_i = r_i^(q-2) / f^(q-1),
///
/// so that the gradient with respect to z (|z| = s) is phi = w z, of p-norm at
/// most one. As a function of s^2, sum r_i^q is concave: the quadratic with
/// these weights lies above it.
///
/// q > 2 (p < 2). Large magnitudes have the kinks, not small ones: the smoothed
/// dual is the norm of a lower exponent
///
///   q' = min(q, max(3, ln(count) / (2 smoothing))),
///
/// which is at most count^(1/q' - 1/q) times larger, a relative e^(2 smoothing)
/// in the worst case, q = inf included. It is twice differentiable, and the
/// second derivative is at most (q' - 1) w_i.
struct SmoothedPowers {
  using Value = mlir::Value;

  /// From s_i^2 (f64), known up to `rounding` times the largest.
  SmoothedPowers(matrix::FormulaBuilder &m, Value squares, double p,
                 Value smoothing, double rounding = 0);

  /// q <= 2.
  bool isConcave() const { return p >= 2; }

  double p;
  /// q or q', f64.
  Value exponent;
  /// r_i, or s_i for q > 2.
  Value roots;
  Value weights;
  /// Weights of the majoriser, positive.
  Value bounds;
  Value scale, dual, value;
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_SMOOTHED_SMOOTHED_H
