//===- Pairs.h - norms and manifolds in plain Eigen -------------*- C++ -*-===//
//
// An independent account, in float64, of what the compiler builds: points,
// projections, norms and dual norms.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_NEWTON_PAIRS_H
#define STEEPEST_TEST_UNIT_NEWTON_PAIRS_H

#include "test/Unit/Solver/Cases.h"
#include <functional>
#include <string>

namespace steepest::newton {

using solver::Kind;
using solver::Matrix;
using solver::Vector;

/// An l_p norm of magnitudes: singular values, entries, columns or rows.
struct Norm {
  enum class Of { Singular, Entries, Columns, Rows };

  std::string name;
  Of of;
  double p;

  double measure(const Matrix &x) const { return measure(x, p); }
  /// The l_q norm with 1/p + 1/q = 1.
  double dual(const Matrix &x) const;

private:
  double measure(const Matrix &x, double exponent) const;
};

struct Manifold {
  std::string name;
  /// A point from one with orthonormal columns or rows, and random numbers.
  std::function<Matrix(const Matrix &orthonormal, const Matrix &gaussian)>
      place;
  std::function<Matrix(const Matrix &w, const Matrix &x)> project;
  /// Needs at least as many rows as columns.
  bool isTallOnly = false;
  /// Has no tangents at square matrices.
  bool isRectangular = false;
};

const Norm &findNorm(const std::string &name);
const Manifold &findManifold(const std::string &name);

/// `kind` of `Cases`, also wide, at a point of the manifold; in float32.
solver::Problem makeProblem(const Manifold &manifold, int64_t n, int64_t m,
                            Kind kind, uint64_t seed, double scale = 1);

} // namespace steepest::newton

#endif // STEEPEST_TEST_UNIT_NEWTON_PAIRS_H
