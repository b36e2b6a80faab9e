//===- Projection.cpp - closed forms by projecting the gradient -----------===//
//
// If the tangent space is the range of an orthogonal projector P that does not
// increase the norm, then for tangent Phi <G, Phi> = <P G, Phi> <= dual(P G),
// and D(P G) attains it wherever D keeps the tangent space. That holds for
//
//   a Euclidean norm and every manifold: D only scales;
//   the largest column and a manifold of one condition per column: D scales
//   each column; rows alike.
//
// The same holds where the tangents are a convex cone and P is the projection
// onto it (Moreau): <G - P G, Phi> <= 0 for every Phi in the cone, and D keeps
// it.
//
// Phi is projected once more: D magnifies the rounding of a small P G.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Methods.h"

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

namespace {

class Projection : public DirectionMethod {
public:
  Projection(StringRef name, StringRef argument, Extent extent)
      : name(name), argument(argument), extent(extent) {}

  StringRef getName() const override { return name; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override { return argument; }

  LogicalResult match(DirectionOp op, std::string &reason) const override;
  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override;

private:
  StringRef name, argument;
  /// What the norm scales on its own.
  Extent extent;
};

} // namespace

LogicalResult Projection::match(DirectionOp op, std::string &reason) const {
  Problem problem(op);
  if (failed(problem.expect(/*onManifold=*/true, reason)))
    return failure();
  NormFacts norm = problem.norm.getNormFacts();
  ManifoldFacts manifold = problem.manifold.getManifoldFacts();
  std::string normName = "the norm " + printed(problem.normName);
  std::string manifoldName = "the manifold " + printed(problem.manifoldName);
  if (extent == Extent::Scalar && !norm.euclidean)
    reason = normName + " is not Euclidean";
  else if (extent == Extent::Column && !norm.euclideanColumns)
    reason = normName + " is not a maximum of Euclidean norms of columns";
  else if (extent == Extent::Column && !manifold.separableColumns)
    reason = manifoldName + " ties the columns together";
  else if (extent == Extent::Row && !norm.euclideanRows)
    reason = normName + " is not a maximum of Euclidean norms of rows";
  else if (extent == Extent::Row && !manifold.separableRows)
    reason = manifoldName + " ties the rows together";
  else
    return success();
  return failure();
}

FailureOr<SolvedDirection> Projection::build(FormulaBuilder &m, DirectionOp op,
                                             Attribute contract) const {
  Problem problem(op);
  TangentPart tangent = buildTangentPart(m, problem, extent);
  Dualized dualized = problem.normModel.buildDualizer(
      m, tangent.part, problem.operands, contract);
  if (!dualized.phi)
    return failure();
  Value phi =
      problem.manifoldModel.buildProjection(m, problem.point, dualized.phi);
  // P G is known up to the rounding of G.
  auto dual = [&](Value x) {
    return problem.normModel.buildDualNorm(m, x, problem.operands);
  };
  Value rounding = m.mul(dual(problem.gradient),
                         m.constant(4 * epsilonOf(problem.getElement())));
  Value bound = m.add(dual(tangent.whole), rounding);
  return certified(m, problem, phi, bound, tangent.outcome);
}

std::unique_ptr<DirectionMethod> steepest::createEuclideanProjection() {
  return std::make_unique<Projection>(
      "euclidean_projection",
      "Phi = P(G) / ||P(G)||, P the projection onto the tangent space: for a "
      "Euclidean norm <G, Phi> = <P(G), Phi> <= ||P(G)||",
      Extent::Scalar);
}

std::unique_ptr<DirectionMethod> steepest::createColumnwise() {
  return std::make_unique<Projection>(
      "columnwise",
      "phi_j = P(g_j) / ||P(g_j)||: columns are independent Euclidean "
      "problems, in the norm and on the manifold",
      Extent::Column);
}

std::unique_ptr<DirectionMethod> steepest::createRowwise() {
  return std::make_unique<Projection>(
      "rowwise",
      "phi_i = P(g_i) / ||P(g_i)||: rows are independent Euclidean problems, "
      "in the norm and on the manifold",
      Extent::Row);
}
