//===- CommutingProjection.cpp - projections that make nothing longer -----===//
//
// Let P be the orthogonal projection onto the tangent space and N(P X) <= N(X)
// for all X. Tangent Phi of length at most one attain
//
//   <G, Phi> = <P G, Phi> <= dual(P G),
//
// and Phi = P D(P G) attains just that: <G, P D(P G)> = <P G, D(P G)> is the
// dual norm, and N(P D(P G)) <= N(D(P G)) <= 1. In exact arithmetic D mostly
// keeps the range of P by itself; an msign by polynomials magnifies what
// rounding left outside of it, and the second projection removes that.
//
// N(P X) <= N(X) holds for
//
//   unitarily invariant N and P X = Q X or X Q with a projector Q, for which
//   singular values do not grow: s_i(Q X) <= ||Q|| s_i(X);
//   unitarily invariant N and the symmetric (skew) part: N(X^T) = N(X), so
//   that N((X +- X^T) / 2) <= N(X);
//   the largest Euclidean norm of a column and P X = Q X, as ||Q x_j|| <=
//   ||x_j||; rows and P X = X Q alike;
//   N that depends on magnitudes monotonically and P that drops entries. This
//   P may be onto a cone: it drops g_i where Phi may not have their sign, so
//   that <G, Phi> <= <P G, Phi> for Phi in the cone, and D keeps signs.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Methods.h"

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

/// The side from which the projection multiplies, where that is known.
static std::optional<Extent> getSide(ManifoldFacts facts,
                                     RankedTensorType type) {
  if (facts.leftProjector)
    return Extent::Column;
  if (facts.rightProjector)
    return Extent::Row;
  if (facts.longSideProjector && type.hasStaticShape() && type.getRank() == 2)
    return type.getDimSize(0) >= type.getDimSize(1) ? Extent::Column
                                                    : Extent::Row;
  return std::nullopt;
}

namespace {

/// What makes the norm and the projection fit.
enum class Fit {
  None,
  /// Singular values do not grow.
  SingularValues,
  /// Columns (rows) of largest Euclidean norm do not grow.
  Columns,
  Rows,
  /// Magnitudes do not grow, and what is kept is not rounded.
  Magnitudes
};

class CommutingProjection : public DirectionMethod {
public:
  StringRef getName() const override { return "commuting_projection"; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override {
    return "Phi = P D(P(G)), P the projection onto the tangent space, which "
           "makes nothing longer in this norm: <G, Phi> = <P(G), Phi> <= "
           "dual(P(G)), and P D(P(G)) attains it with length 1";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override;
  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override;

private:
  static Fit getFit(const Problem &problem);
};

} // namespace

Fit CommutingProjection::getFit(const Problem &problem) {
  NormFacts norm = problem.norm.getNormFacts();
  ManifoldFacts manifold = problem.manifold.getManifoldFacts();
  auto type = cast<RankedTensorType>(problem.gradient.getType());
  std::optional<Extent> side = getSide(manifold, type);
  if (norm.unitarilyInvariant &&
      (side || manifold.longSideProjector || manifold.transpositionProjector))
    return Fit::SingularValues;
  if (norm.euclideanColumns && side == Extent::Column)
    return Fit::Columns;
  if (norm.euclideanRows && side == Extent::Row)
    return Fit::Rows;
  if (norm.absolute && manifold.entrywiseProjector)
    return Fit::Magnitudes;
  return Fit::None;
}

LogicalResult CommutingProjection::match(DirectionOp op,
                                         std::string &reason) const {
  Problem problem(op);
  if (failed(problem.expect(/*onManifold=*/true, reason)))
    return failure();
  Fit fit = getFit(problem);
  bool isSpace = problem.manifold.getManifoldFacts().equality;
  if (fit == Fit::Magnitudes || (isSpace && fit != Fit::None))
    return success();
  reason = "the projection onto the tangent space of the manifold " +
           printed(problem.manifoldName) +
           " is not known to make nothing longer in the norm " +
           printed(problem.normName);
  return failure();
}

FailureOr<SolvedDirection>
CommutingProjection::build(FormulaBuilder &m, DirectionOp op,
                           Attribute contract) const {
  Problem problem(op);
  Fit fit = getFit(problem);
  Value g = problem.gradient;
  double epsilon = epsilonOf(problem.getElement());
  auto project = [&](Value x) {
    return problem.manifoldModel.buildProjection(m, problem.point, x);
  };
  auto dual = [&](Value x) {
    return problem.normModel.buildDualNorm(m, x, problem.operands);
  };

  TangentPart tangent;
  if (fit == Fit::Magnitudes) {
    tangent.part = tangent.whole = project(g);
    auto isNonzero = [&](Value x) {
      Value largest = m.max(m.toF64(m.maxAbs(x)), m.constant(0));
      return m.compare(arith::CmpFPredicate::OGT, largest, m.constant(0));
    };
    tangent.outcome = buildOutcome(m, isNonzero(tangent.part), isNonzero(g));
  } else {
    Extent extent = fit == Fit::Columns ? Extent::Column
                    : fit == Fit::Rows  ? Extent::Row
                                        : Extent::Scalar;
    tangent = buildTangentPart(m, problem, extent);
  }

  Dualized dualized = problem.normModel.buildDualizer(
      m, tangent.part, problem.operands, contract);
  if (!dualized.phi)
    return failure();
  // A band allows singular values above 1; a direction does not.
  Value excess = m.max(dualized.length, m.constant(1));
  Value phi = project(m.mul(dualized.phi, m.div(m.constant(1), excess)));

  // P G is known up to the rounding of G.
  Value bound;
  switch (fit) {
  case Fit::SingularValues: {
    // The dual of a canonical norm, one with ||u v^T|| = 1 for unit u and v, is
    // at most sqrt(min(rows, cols)) times ||.||_F; what is dropped as rounding
    // is, too.
    Value smaller = m.min(m.toFloat(m.rows(g)), m.toFloat(m.cols(g)));
    Value unit = m.mul(m.sqrt(smaller), m.frobenius(g));
    Value dropped =
        m.mul(m.sqrt(smaller), m.frobenius(m.sub(tangent.whole, tangent.part)));
    Value rounding = m.mul(unit, m.constant(4 * epsilon));
    bound = m.add(m.add(dualized.dual, dropped), rounding);
    break;
  }
  case Fit::Magnitudes:
    bound = dualized.dual;
    break;
  default:
    bound = m.add(dual(tangent.whole), m.mul(dual(g), m.constant(4 * epsilon)));
  }
  return certified(m, problem, phi, bound, tangent.outcome);
}

std::unique_ptr<DirectionMethod> steepest::createCommutingProjection() {
  return std::make_unique<CommutingProjection>();
}
