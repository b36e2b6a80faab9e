//===- SumBound.h - sums of singular values by an approximation -*- C++ -*-===//
//
// Let Phi = U diag(t_i^p g(t_i)) V^T + E for X = U diag(s) V^T, t_i = s_i / f,
// with all s_i <= f, ||E||_2 <= d, k = min(rows, cols), and 0 <= g near 1. For
// any l in (0, 1), with lo = min g on [l, 1] and mu = max over t in [0, l] of
// t^(1+p) (1 - g(t) / lo):
//
//   t^(1+p) <= t^(1+p) g(t) / lo            where t >= l,
//   t^(1+p) <= t^(1+p) g(t) / lo + mu       elsewhere.
//
// With N = ||X||_* this makes
//
//   sum t^(1+p) <= (<X, Phi> / f + d N / f) / lo + k mu.
//
// For p = 0 that is a bound of N / f itself, solved for it: the nuclear norm
// from an approximate polar factor. Otherwise N <= k^(1/2) ||X||_F. The least
// over a few l is taken, and sum t^(1+p) <= k^((1-p)/2) (||X||_F / f)^(1+p) for
// p <= 1. mu is about l / 4 for p = 0 where g rises like a line up to l.
//
// That is for k singular values at the worst place. For p = 0 the length of Phi
// tells how many are short: with G = max g,
//
//   t (1 - g / lo) <= t / (lo (lo + g)) (G^2 - g^2)   where g < lo, so that
//   sum t <= (<X, Phi> / f + d N / f) / lo + nu (k G^2 - sum g^2),
//
// nu = max over t in [0, l] of t / (lo (lo + g(t))), and sum g^2 >= (||Phi||_F
// - k^(1/2) d)^2. The smaller of both tails is taken for each l.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SUMBOUND_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SUMBOUND_H

#include "dialect/Matrix/FormulaBuilder.h"

#include <limits>

namespace steepest {

struct SumBound {
  /// A lower bound of g on [lower, upper].
  llvm::function_ref<double(double lower, double upper)> least;
  /// d.
  double deviation;
  /// p, 0 <= p <= 1.
  double power = 0;
  /// A value l that is tried besides those in between; 0 for none.
  double lowest = 0;
  /// G, for p = 0.
  double largest = std::numeric_limits<double>::infinity();

  /// Of sum t^(1+p), from ||X||_F and f.
  mlir::Value build(matrix::FormulaBuilder &m, mlir::Value x, mlir::Value phi,
                    mlir::Value frobenius, mlir::Value f) const;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SUMBOUND_H
