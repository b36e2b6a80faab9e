//===- Facts.h - algebraic facts about norms and manifolds ------*- C++ -*-===//
//
// What methods ask instead of asking which norm it is.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_FACTS_H
#define STEEPEST_DIALECT_STEEPEST_FACTS_H

#include "mlir/IR/Value.h"

namespace steepest {

struct NormFacts {
  /// The norm is the one of the Euclidean inner product, up to a factor: the
  /// steepest tangent direction is the normalised projection.
  bool euclidean = false;
  /// ||U X V|| = ||X|| for orthogonal U, V.
  bool unitarilyInvariant = false;
  /// Maximum over columns (rows) of Euclidean norms: columns (rows) are
  /// independent Euclidean problems.
  bool euclideanColumns = false;
  bool euclideanRows = false;
  /// Maximum of absolute values: every entry is an independent problem.
  bool entrywiseMaximum = false;
};

struct ManifoldFacts {
  /// The tangent space splits into one condition per column (row).
  bool separableColumns = false;
  bool separableRows = false;
  /// The normals are the points: the one condition is <w, Phi> = 0 or, where
  /// columns (rows) are separable, the one of each is <w_j, phi_j> = 0.
  bool normalIsPoint = false;
  /// A group: the tangent space at W is W times the skew matrices.
  bool orthogonalGroup = false;
  /// The constraint binds (rather than bounds); all members so far.
  bool equality = true;
};

/// What a dualizer gives: a maximiser `phi` of <x, Phi>, an upper bound `dual`
/// of the dual norm of x, and an upper bound `length` of ||phi||, as f64.
struct Dualized {
  mlir::Value phi;
  mlir::Value dual;
  mlir::Value length;
  /// phi is exact but for one rounding of each entry, and no x_i phi_i is
  /// negative: <x, phi> is then dual up to that rounding, and need not be summed
  /// in another pass over memory.
  bool attained = false;
};

} // namespace steepest

#endif // STEEPEST_DIALECT_STEEPEST_FACTS_H
