//===- WeightedProjection.cpp - weighted l2 x sphere ----------------------===//
//
// sqrt(sum v x^2) is a Euclidean norm in other coordinates, so the direction is
// a projection in its metric:
//
//   Phi = D(G - t W),  t = <W, G / v> / <W, W / v>,
//
// for then <W, Phi> = 0, and <G, Phi> = <G - t W, Phi> = dual(G - t W), which
// bounds <G, Phi> for every tangent Phi of length 1. One t for every column
// (row) of an oblique manifold.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Methods.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;
using matrix::FormulaBuilder;

namespace {
class WeightedProjection : public DirectionMethod {
public:
  StringRef getName() const override { return "weighted_projection"; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override {
    return "Phi = D(G - t W), t = <W, G / v> / <W, W / v>: the projection in "
           "the metric of the weights v, which is what makes <W, Phi> zero";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    Problem problem(op);
    if (failed(problem.expect(/*onManifold=*/true, reason)))
      return failure();
    ManifoldFacts manifold = problem.manifold.getManifoldFacts();
    if (!isa<WeightedL2Attr>(problem.normName))
      reason = "the norm " + printed(problem.normName) + " is not weighted_l2";
    else if (!manifold.normalIsPoint || !manifold.equality)
      reason = "the normals of the manifold " + printed(problem.manifoldName) +
               " are not its points";
    else
      return success();
    return failure();
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override {
    Problem problem(op);
    Extent extent = getConditions(problem.manifold.getManifoldFacts());
    // In float64 throughout: all of it is elementwise, and rounded once.
    Value g = m.toF64(problem.gradient), w = m.toF64(problem.point);
    Value v = m.toF64(problem.operands.front());
    Value scaledPoint = m.divOrZero(w, v);
    Value t = m.divOrZero(m.sum(m.mul(scaledPoint, g), extent),
                          m.sum(m.mul(scaledPoint, w), extent));
    Value z = m.sub(g, m.mul(w, m.broadcast(t, w, extent)));
    Dualized dualized =
        problem.normModel.buildDualizer(m, z, ValueRange(v), contract);
    Value whole = problem.normModel.buildDualNorm(m, g, ValueRange(v));

    double epsilon = epsilonOf(problem.getElement());
    Value relative = m.mul(m.sqrt(m.count(g)), m.constant(8 * epsilon));
    Value isLeft =
        m.compare(CmpFPredicate::OGT, dualized.dual, m.mul(whole, relative));
    Value isNonzero = m.compare(CmpFPredicate::OGT, whole, m.constant(0));
    Value phi = m.mul(dualized.phi, m.cast(isLeft, m.f64()));
    return certified(m, problem, m.cast(phi, problem.getElement()),
                     dualized.dual, buildOutcome(m, isLeft, isNonzero));
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createWeightedProjection() {
  return std::make_unique<WeightedProjection>();
}
