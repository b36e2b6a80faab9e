//===- Clip.h - clipping magnitudes to a Euclidean length -------*- C++ -*-===//
//
// The ball |x_i| <= 1, ||x||_2 <= r has the dualizer sign(x_i) min(1, |x_i| /
// t) with t such that its length is r, and sign(x) when at most r^2 entries are
// not zero. The same t gives the dual norm and the nearest point of the ball.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_NORMS_CLIP_H
#define STEEPEST_LIB_MODELS_NORMS_CLIP_H

#include "lib/Models/Norms/Norms.h"

namespace steepest {

/// Of magnitudes a >= 0 (f64): all together, or those of each column (row).
class Clip {
public:
  using Value = mlir::Value;
  using Builder = matrix::FormulaBuilder;

  Clip(Builder &m, Value a, double radius,
       matrix::Extent extent = matrix::Extent::Scalar);

  /// The largest magnitude, and the norm max(largest, ||a|| / r).
  Value largest(Builder &) const { return top; }
  Value norm(Builder &m) const;
  /// sum a_i min(1, a_i / t).
  Value dual(Builder &m) const;
  /// sum max(b_i - t, 0) + r ||min(b, t)|| of magnitudes b: bounds their dual
  /// norm for every t, as b is the sum of these two parts; equal to it for the
  /// right t, that of b = a. Or sum b_i, where that is less: the right t is 0
  /// when few entries are not zero.
  Value bound(Builder &m, Value b) const;
  /// min(1, a / t), and that over a (in units of a): 1 / max(a, t).
  Value clipped(Builder &m) const;
  Value factors(Builder &m) const;
  /// (largest / t)^2.
  Value spanSquared(Builder &m) const;
  /// The nearest point with norm at most `limit` (f64): min(limit, a limit /
  /// t) where that is smaller; a itself inside.
  Value nearest(Builder &m, Value limit) const;

private:
  Value fold(Builder &m, matrix::Fold kind, Value x) const {
    return m.reduce(kind, x, extent);
  }
  Value spread(Builder &m, Value v) const {
    return m.broadcast(v, relative, extent);
  }

  double radius;
  matrix::Extent extent;
  /// The largest magnitude (1 where it is 0) and the magnitudes in this unit.
  Value top, unit, relative;
  /// t in this unit.
  Value level;
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_NORMS_CLIP_H
