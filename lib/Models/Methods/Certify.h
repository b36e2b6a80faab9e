//===- Certify.h - certificates for any pair --------------------*- C++ -*-===//
//
//   maximise <G, Phi>  over  ||Phi|| <= 1,  Phi in T,
//
// T the tangent space, or the cone of tangent Phi of an inequality, with the
// projection P. For every nu in the polar cone of T (the normal space, where T
// is a space) and every feasible Phi, <nu, Phi> <= 0 and therefore
//
//   <G, Phi> <= <G - nu, Phi> <= N*(G - nu).
//
// x - P x is in the polar cone for every x (Moreau), so that any guess Z of
// G - nu gives a bound: with nu = (G - Z) - P(G - Z),
//
//   Z' = G - nu = Z + P(G - Z),   bound N*(Z').
//
// And any y gives a feasible Phi = P y / max(N(P y), ..). Nothing is asked of
// how Z and y were found: a heuristic gets a true certificate, if a poor one.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_CERTIFY_H
#define STEEPEST_LIB_MODELS_METHODS_CERTIFY_H

#include "lib/Models/Loop.h"
#include "lib/Models/Methods/Methods.h"

namespace steepest {

/// A problem on a manifold in float64, in units in which the atoms of the
/// projected gradient (its singular values, entries, columns) are of mean
/// magnitude one: with D = D(P G), the unit is <P G, D> / <D, D>.
class AmbientProblem {
public:
  using Builder = matrix::FormulaBuilder;
  using Value = mlir::Value;

  AmbientProblem(Builder &m, const Problem &problem);

  /// G and P G, and W.
  Value gradient, tangent, point;
  /// D(P G), of length one.
  Value dualized;
  /// A bound: N*(P G).
  Value bound;

  /// Whether something is left of P G beside the rounding of G.
  Value isLeft;
  /// Whether T is a space rather than a cone.
  bool isSpace;

  /// What is to be maximised: P G, which on a space tangent Phi cannot tell
  /// from G, or G.
  Value getObjective() const { return isSpace ? tangent : gradient; }

  Value project(Builder &m, Value x) const;
  /// x - P x.
  Value normalPart(Builder &m, Value x) const;
  Value dualize(Builder &m, Value z) const;
  Value norm(Builder &m, Value x) const;
  Value dual(Builder &m, Value z) const;
  /// The nearest point of the unit ball; null where the norm has none to build.
  Value intoBall(Builder &m, Value x) const;

  struct Feasible {
    Value phi, value;
  };
  /// P y with length at most one.
  Feasible makeFeasible(Builder &m, Value y) const;

  struct Bounded {
    Value z, bound;
  };
  /// Z' and its bound.
  Bounded makeBound(Builder &m, Value z) const;

  /// V of the one condition <V, Phi> = 0, normal to the digits of float64.
  Value buildNormal(Builder &m) const;

  /// A multiplier of the language (normal, in the type and the units of G) as
  /// Z, and back; zero where nothing is left of P G.
  Value fromNormal(Builder &m, Value normal) const;
  Value toNormal(Builder &m, Value z) const;

  /// What the caller found, in the units and the type of the problem, with its
  /// certificate. `outcome` counts where something is left.
  SolvedDirection finish(Builder &m, Value phi, Value z, Value bound,
                         Value iterations, Value outcome) const;

private:
  Problem problem;
  Value unit, whole;
  mlir::SmallVector<Value> operands;
  mlir::Attribute exact;
};

/// Succeeds when the norm of `op` builds the nearest point of its ball.
llvm::LogicalResult expectBallProjection(DirectionOp op, std::string &reason);

/// Succeeds when the tangent space is that of one condition of all entries.
llvm::LogicalResult expectOneNormal(const Problem &problem,
                                    std::string &reason);

/// The best certificate of an iteration: the largest feasible value and the
/// least bound seen.
struct BestCertificate {
  mlir::Value phi, value, z, bound;

  Values pack() const { return {phi, value, z, bound}; }
  static BestCertificate unpack(mlir::ValueRange v) {
    return {v[0], v[1], v[2], v[3]};
  }

  /// Phi = 0, and the bound of the projection.
  static BestCertificate start(matrix::FormulaBuilder &m,
                               const AmbientProblem &problem);
  /// Better by this y and Z, in either respect.
  BestCertificate improve(matrix::FormulaBuilder &m,
                          const AmbientProblem &problem, mlir::Value y,
                          mlir::Value z) const;
  /// Whether the gap, relative to the bound, exceeds this.
  mlir::Value isOpen(matrix::FormulaBuilder &m, double gap) const;
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_CERTIFY_H
