//===- Facts.h - algebraic facts about norms and manifolds ------*- C++ -*-===//
//
// What methods ask instead of asking which norm it is.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_FACTS_H
#define STEEPEST_DIALECT_STEEPEST_FACTS_H

#include "mlir/IR/Value.h"
#include <cmath>
#include <optional>

namespace steepest {

namespace matrix {
class FormulaBuilder;
}

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
  /// Maximum over columns (rows) of a norm of each: columns (rows) are
  /// independent problems. Implied by the facts above where those hold.
  bool separableColumns = false;
  bool separableRows = false;
  /// A monotone function of the magnitudes |x_ij|: dropping entries or changing
  /// their signs makes nothing longer.
  bool absolute = false;
  /// The norm of the vector of the norms of the columns, or of the rows: l_p.
  bool nested = false;
  /// Has one gradient wherever it is not zero.
  bool differentiable = false;
  /// p, where the norm is the l_p norm of the entries up to a factor.
  std::optional<double> entrywiseOrder;
  /// p, where the norm is the Schatten p-norm up to a factor.
  std::optional<double> schattenOrder;

  /// Maximum of absolute values: every entry is an independent problem.
  bool isEntrywiseMaximum() const {
    return entrywiseOrder && std::isinf(*entrywiseOrder);
  }
  /// The largest singular value, up to a factor.
  bool isSpectralMaximum() const {
    return schattenOrder && std::isinf(*schattenOrder);
  }
};

struct ManifoldFacts {
  /// The tangent space splits into one condition per column (row).
  bool separableColumns = false;
  bool separableRows = false;
  /// The normals are the points: the one condition is <w, Phi> = 0 or, where
  /// columns (rows) are separable, the one of each is <w_j, phi_j> = 0.
  bool normalIsPoint = false;
  /// One condition, or one of each column (row) where those are separable:
  /// <V, Phi> = 0 with the V of `buildNormal`. Implied by `normalIsPoint`.
  bool oneNormal = false;
  /// A group: the tangent space at W is W times the skew matrices.
  bool orthogonalGroup = false;
  /// The projection onto the tangent space is P X (X P) with an orthogonal
  /// projector P.
  bool leftProjector = false;
  bool rightProjector = false;
  /// The same on the side of the larger extent: from the left for tall W, from
  /// the right for wide.
  bool longSideProjector = false;
  /// The projection onto the tangent space keeps some entries and drops the
  /// others.
  bool entrywiseProjector = false;
  /// The tangent vectors are the symmetric (skew-symmetric) matrices, or a
  /// projection with which transposition commutes: no unitarily invariant norm
  /// grows under it.
  bool transpositionProjector = false;
  /// A plane: W - t Phi stays on it for every tangent Phi, without a
  /// retraction.
  bool affine = false;
  /// The set is an equation. Otherwise it is an inequality: the tangent space
  /// is a cone of Phi where the point is on its boundary (the step is -rate
  /// Phi), and everything inside.
  bool equality = true;
};

/// The dual norm of z, smoothed: each atom s of its magnitude (singular value,
/// entry, column length) becomes sqrt(s^2 + e^2), with e = smoothing * scale().
/// Built at the insertion point of its norm for one z; what its functions build
/// must come after. All tensors are f64, all scalars f64.
class SmoothedDual {
public:
  using Value = mlir::Value;
  using Builder = matrix::FormulaBuilder;

  virtual ~SmoothedDual() = default;

  /// The mean magnitude of the atoms of z: the unit of the smoothing.
  virtual Value scale() = 0;
  /// The dual norm of z, unsmoothed: an upper bound of what is attained.
  virtual Value dual() = 0;
  /// The same smoothed, whose decrease is watched.
  virtual Value value() = 0;
  /// Its gradient at z, of length at most one up to rounding.
  virtual Value phi() = 0;
  /// What `derivative` takes of an independent phi: all of it that does not
  /// depend on the direction, to be computed once.
  virtual Value prepare(Builder &m, Value phi) { return phi; }
  /// The derivative of `phi` in direction `d`, with z / (smoothed magnitude)
  /// replaced by the independent phi that was prepared (Chan, Golub and Mulet
  /// 1999): symmetric and positive semidefinite in d for every phi of length
  /// at most one.
  virtual Value derivative(Builder &m, Value prepared, Value d) = 0;
  /// A symmetric operator not below any such derivative, and its inverse.
  virtual Value majoriser(Builder &m, Value d) = 0;
  virtual Value inverseMajoriser(Builder &m, Value d) = 0;
};

/// A norm of every column (row) of one matrix at once: one value per column
/// (row) where a norm of vectors has a scalar. All tensors are f64.
class PartsNorm {
public:
  using Value = mlir::Value;

  virtual ~PartsNorm() = default;

  /// One value per column (row).
  virtual Value norms() = 0;
  virtual Value duals() = 0;
  /// The dualizer and a subgradient of every column (row).
  virtual Value dualizers() = 0;
  virtual Value gradients() = 0;
  /// The nearest points with norms of at most `radius`; null when there are
  /// none to build.
  virtual Value nearest(Value radius) { return {}; }
};

/// What a dualizer gives: a maximiser `phi` of <x, Phi>, an upper bound `dual`
/// of the dual norm of x, and an upper bound `length` of ||phi||, as f64.
struct Dualized {
  mlir::Value phi;
  mlir::Value dual;
  mlir::Value length;
  /// phi is exact but for one rounding of each entry, and no x_i phi_i is
  /// negative: <x, phi> is then dual up to that rounding, and need not be
  /// summed in another pass over memory.
  bool attained = false;
  /// dual * phi, of the type of x, where it can be had without `dual`: the
  /// penalty form of a Euclidean norm is linear in x and need not wait for a
  /// sum over all of it. Null elsewhere.
  mlir::Value penalty = {};
};

} // namespace steepest

#endif // STEEPEST_DIALECT_STEEPEST_FACTS_H
