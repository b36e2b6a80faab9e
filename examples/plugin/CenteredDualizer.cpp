//===- CenteredDualizer.cpp - unitarily invariant norms, zero row sums ----===//
//
// The projection is a product with a projector from the right, P X = X Q. It
// does not increase a unitarily invariant norm, and D(X Q) is again of the form
// Y Q, because D keeps the row space. So <G, Phi> = <G Q, Phi> <= dual(G Q) for
// every Phi of length 1 in the space, and D(G Q) attains it.
//
//===----------------------------------------------------------------------===//

#include "Acme.h"
#include "mlir/IR/TypeUtilities.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace acme;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class CenteredDualizer : public DirectionMethod {
public:
  StringRef getName() const override { return "acme_centered_dualizer"; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override {
    return "Phi = D(G - means of rows): the projector acts from the right, "
           "where unitarily invariant norms do not grow and D keeps its range";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    Attribute manifold = op.getManifoldAttr();
    auto norm = dyn_cast<NormAttrInterface>(op.getNorm());
    if (!manifold || !isa<CenteredAttr>(manifold))
      reason = "the manifold is not #acme.centered";
    else if (!norm || !isa<NormModelAttrInterface>(op.getNorm()))
      reason = "nothing implements the norm";
    else if (!norm.getNormFacts().unitarilyInvariant)
      reason = "the norm is not unitarily invariant";
    else
      return success();
    return failure();
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override {
    auto norm = cast<NormModelAttrInterface>(op.getNorm());
    auto manifold = cast<ManifoldModelAttrInterface>(op.getManifoldAttr());
    Value g = op.getInput(), w = op.getPoint();
    Value whole = manifold.buildProjection(m, w, g);
    // A dualizer would make a full step of the rounding of a gradient that the
    // projection cancels.
    double epsilon =
        getElementTypeOrSelf(g.getType()).isF64() ? 0x1p-52 : 0x1p-23;
    Value size = m.sqrt(m.count(g)), length = m.frobenius(g);
    Value noise = m.mul(length, m.mul(size, m.constant(8 * epsilon)));
    Value isLeft =
        m.compare(arith::CmpFPredicate::OGT, m.frobenius(whole), noise);
    Value centered = m.mul(whole, m.cast(isLeft, m.f64()));
    Dualized dualized =
        norm.buildDualizer(m, centered, op.getNormOperands(), contract);
    if (!dualized.phi)
      return failure();
    // An msign within a band may be longer than 1; projecting again removes
    // what rounding added.
    Value excess = m.max(dualized.length, m.constant(1));
    Value unit = m.mul(dualized.phi, m.div(m.constant(1), excess));
    SolvedDirection solved;
    solved.phi = manifold.buildProjection(m, w, unit);
    solved.value = m.dot(g, solved.phi);
    solved.bound = m.max(m.add(dualized.dual, noise), solved.value);
    solved.tangency = manifold.buildTangency(m, w, solved.phi);
    Value isNonzero =
        m.compare(arith::CmpFPredicate::OGT, length, m.constant(0));
    solved.outcome = m.select(isLeft, m.constant(STEEPEST_CONVERGED),
                              m.select(isNonzero, m.constant(STEEPEST_NORMAL),
                                       m.constant(STEEPEST_ZERO)));
    return solved;
  }
};
} // namespace

std::unique_ptr<DirectionMethod> acme::createCenteredDualizer() {
  return std::make_unique<CenteredDualizer>();
}
