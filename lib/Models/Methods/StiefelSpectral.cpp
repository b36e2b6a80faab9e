//===- StiefelSpectral.cpp - spectral norm x Stiefel manifold -------------===//
//
// Manifold Muon: no closed form is known, so the primal-dual Newton method
// solves it to a certified gap. It is written for tall matrices of float64;
// wide ones are transposed, which changes neither the norm nor the problem.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Methods.h"
#include "lib/Models/Methods/Options.h"
#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// X in float64, transposed when it is wide, without static extents.
static Value toTall(FormulaBuilder &m, Value x) {
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic}, m.f64());
  return m.byOrientation(
      x, [&](FormulaBuilder &inner, bool tall) -> SmallVector<Value> {
        Value x64 = inner.toF64(x);
        Value oriented = tall ? x64 : inner.transpose(x64);
        if (oriented.getType() == type)
          return {oriented};
        return {tensor::CastOp::create(inner.getBuilder(), inner.getLoc(), type,
                                       oriented)};
      })[0];
}

/// The inverse of `toTall`: rounds and turns back to the type of `like`.
static Value fromTall(FormulaBuilder &m, Value tall64, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  Value rounded = m.cast(tall64, type.getElementType());
  return m.byOrientation(
      like, [&](FormulaBuilder &inner, bool tall) -> SmallVector<Value> {
        Value oriented = tall ? rounded : inner.transpose(rounded);
        if (oriented.getType() == type)
          return {oriented};
        return {tensor::CastOp::create(inner.getBuilder(), inner.getLoc(), type,
                                       oriented)};
      })[0];
}

namespace {
class StiefelSpectral : public DirectionMethod {
public:
  StringRef getName() const override { return "primal_dual_newton"; }
  unsigned getCost() const override { return 10; }
  StringRef getArgument() const override {
    return "minimises the dual ||G + W X||_* over symmetric X by a primal-dual "
           "Newton method with smoothing; each iterate gives a tangent Phi "
           "and an upper bound, and it stops when their gap is small enough";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    Problem problem(op);
    if (failed(problem.expect(/*onManifold=*/true, reason)))
      return failure();
    if (!isa<SpectralAttr>(problem.normName))
      reason = "the norm " + printed(problem.normName) + " is not spectral";
    else if (!isa<StiefelAttr>(problem.manifoldName))
      reason =
          "the manifold " + printed(problem.manifoldName) + " is not Stiefel";
    else if (isa_and_nonnull<PolynomialAttr>(op.getMethodAttr()))
      reason = "polynomial steps do not give tangent directions";
    else
      return success();
    return failure();
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute) const override {
    Problem problem(op);
    Value w = toTall(m, problem.point);
    // A normal vector is nu = W C with a symmetric C, the correction. W has
    // moved since nu was kept: what is normal at its new place is W sym(W^T
    // nu).
    Value correction;
    if (op.getNormal())
      correction = m.sym(m.productTN(w, toTall(m, op.getNormal())));
    FailureOr<NewtonResult> newton = buildPrimalDualNewton(
        m, w, toTall(m, problem.gradient), correction,
        m.constant(getGapGoal(op)), epsilonOf(problem.getElement()));
    if (failed(newton))
      return failure();
    // Rounding moves Phi by less than its last digit: value and tangency are
    // taken again, the bound does not depend on Phi.
    Value phi = fromTall(m, newton->phi, problem.gradient);
    SolvedDirection solved =
        certified(m, problem, phi, newton->bound, newton->outcome);
    solved.iterations = newton->iterations;
    if (op.getNormal())
      solved.normal =
          fromTall(m, m.product(w, newton->correction), problem.gradient);
    return solved;
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createStiefelSpectral() {
  return std::make_unique<StiefelSpectral>();
}
