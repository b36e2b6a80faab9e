//===- OrthogonalGroup.cpp - unitarily invariant norms on O(n) ------------===//
//
// Tangent directions are Phi = W A with A skew, and ||W A|| = ||A||: the
// problem is max <W^T G, A> = max <S, A>, S = skew(W^T G), over skew A with
// ||A|| <= 1. Without the condition "skew" its solution is D(S). Taking the
// skew part of that is free: S is skew, so <S, A> = <S, skew A>, and
// ||skew A|| <= ||A|| for a norm that A^T shares with A. (For odd n, S has a
// zero singular value, and a dualizer that completes its null space adds a
// symmetric rank-one term. The skew part removes just that.)
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Methods.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class OrthogonalGroup : public DirectionMethod {
public:
  StringRef getName() const override { return "orthogonal_group"; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override {
    return "Phi = W D(skew(W^T G)): tangent directions are W A with A skew, "
           "and a unitarily invariant norm measures A as it measures W A";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    Problem problem(op);
    if (failed(problem.expect(/*onManifold=*/true, reason)))
      return failure();
    if (!problem.norm.getNormFacts().unitarilyInvariant)
      reason = "the norm " + printed(problem.normName) +
               " is not unitarily invariant";
    else if (!problem.manifold.getManifoldFacts().orthogonalGroup)
      reason = "the manifold " + printed(problem.manifoldName) +
               " is not the orthogonal group";
    else
      return success();
    return failure();
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override;
};
} // namespace

/// Up to so many units of the data's rounding a direction counts as tangent:
/// rounding its entries moves its tangency by as much.
static constexpr double tangentUnits = 4;

namespace {
/// A direction with its tangency.
struct Tangent {
  Value phi, tangency;
};
} // namespace

/// W A is tangent up to rounding and the drift of W. Measuring that is half of
/// a projection and part of the certificate; where nothing is to be gained, the
/// other half, and measuring again, are saved.
static Tangent makeTangent(FormulaBuilder &m, const Problem &problem, Value x,
                           double epsilon) {
  const auto &manifold = problem.manifoldModel;
  Value w = problem.point;
  Value tangency = manifold.buildTangency(m, w, x);
  Value isTangent = m.compare(arith::CmpFPredicate::OLE, tangency,
                              m.constant(tangentUnits * epsilon));
  SmallVector<Value> tangent = m.branch(
      isTangent,
      [&](FormulaBuilder &) { return SmallVector<Value>{x, tangency}; },
      [&](FormulaBuilder &m) {
        Value projected = manifold.buildProjection(m, w, x);
        return SmallVector<Value>{projected,
                                  manifold.buildTangency(m, w, projected)};
      });
  return {tangent[0], tangent[1]};
}

FailureOr<SolvedDirection> OrthogonalGroup::build(FormulaBuilder &m,
                                                  DirectionOp op,
                                                  Attribute contract) const {
  Problem problem(op);
  Value w = problem.point, g = problem.gradient;
  double epsilon = epsilonOf(problem.getElement());

  Value whole = m.skew(m.productTN(w, g));
  Value length = m.frobenius(g);
  Value size = m.sqrt(m.toFloat(m.cols(g)));
  Value limit = m.mul(length, m.mul(size, m.constant(8 * epsilon)));
  Value skewLength = m.frobenius(whole);
  Value isLeft = m.compare(arith::CmpFPredicate::OGT, skewLength, limit);
  Value s = m.mul(whole, m.cast(isLeft, m.f64()));
  Dualized dualized =
      problem.normModel.buildDualizer(m, s, problem.operands, contract);
  if (!dualized.phi)
    return failure();

  // A band allows singular values above 1; a direction does not.
  Value shrink = m.div(m.constant(1), m.max(dualized.length, m.constant(1)));
  Value a = m.mul(m.skew(dualized.phi), shrink);
  Tangent tangent = makeTangent(m, problem, m.product(w, a), epsilon);

  // With E = W^T W - I and Y = sym(W^T G), every tangent direction attains
  // <G, Phi> = <G - W Y, Phi>, and G - W Y = W^-T (S - E Y). So
  //   dual(G - W Y) <= (1 + e) (dual(S) + e ||G||_F),  e = ||E||_F,
  // up to the rounding of W^T G. For norms with ||u v^T|| = 1 for unit u and v,
  // as canonical ones have, the dual is at most sqrt(n) times ||.||_F.
  Value drift = m.mul(problem.manifoldModel.buildDistance(m, w), size);
  Value dropped = m.select(isLeft, m.constant(0), m.mul(size, skewLength));
  Value bound = m.add(m.add(dualized.dual, dropped), m.mul(drift, length));
  bound = m.mul(bound, m.add(m.constant(1), drift));
  bound = m.add(bound, limit);
  Value isNonzero = m.compare(arith::CmpFPredicate::OGT, length, m.constant(0));
  SolvedDirection solved = certified(m, problem, tangent.phi, bound,
                                     buildOutcome(m, isLeft, isNonzero));
  solved.tangency = tangent.tangency;
  return solved;
}

std::unique_ptr<DirectionMethod> steepest::createOrthogonalGroup() {
  return std::make_unique<OrthogonalGroup>();
}
