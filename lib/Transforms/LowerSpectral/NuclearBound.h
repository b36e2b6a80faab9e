//===- NuclearBound.h - the nuclear norm from an approximate msign -*- C++ -*-//
//
// Let Phi = U diag(P(s_i / f)) V^T + E for X = U diag(s) V^T with all s_i <= f,
// ||E||_2 <= d, k = min(rows, cols), and P >= 0. For any l in (0, 1), with
// lo = min P on [l, 1] and mu = max over t in [0, l] of t (1 - P(t) / lo):
//
//   s <= s P(s / f) / lo            where s >= l f,
//   s <= s P(s / f) / lo + mu f     elsewhere,
//
// so that N = ||X||_* is at most (<X, Phi> + d N) / lo + k mu f, hence
//
//   N <= (<X, Phi> + lo k mu f) / (lo - d).
//
// The least over a few l is taken, and N <= sqrt(k) ||X||_F. mu is about l / 4
// where P rises like a line up to l.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_NUCLEARBOUND_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_NUCLEARBOUND_H

#include "dialect/Matrix/FormulaBuilder.h"

namespace steepest {

struct NuclearBound {
  /// A lower bound of P on [lower, upper].
  llvm::function_ref<double(double lower, double upper)> least;
  /// d.
  double deviation;
  /// A value l that is tried besides powers of ten; 0 for none.
  double lowest = 0;

  /// For ||X||_F and f.
  mlir::Value build(matrix::FormulaBuilder &m, mlir::Value x, mlir::Value phi,
                    mlir::Value frobenius, mlir::Value f) const;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_NUCLEARBOUND_H
