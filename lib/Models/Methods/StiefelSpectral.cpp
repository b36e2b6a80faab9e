//===- StiefelSpectral.cpp - spectral norm x Stiefel manifold -------------===//
//
// Manifold Muon: no closed form is known unless the matrix is square, so the
// primal-dual Newton method solves it to a certified gap. It is written for
// tall matrices; wide ones are transposed, which changes neither the norm nor
// the problem. It runs in float32 where data and gap allow.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Contract.h"
#include "lib/Models/Methods/Methods.h"
#include "lib/Models/Methods/Options.h"
#include "lib/Models/Methods/PrimalDualNewton/PrimalDualNewton.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// X in another type, transposed when it is wide, without static extents.
static Value toTall(FormulaBuilder &m, Value x, Type element) {
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic}, element);
  return m.byOrientation(
      x, [&](FormulaBuilder &inner, bool tall) -> SmallVector<Value> {
        Value converted = inner.cast(x, element);
        Value oriented = tall ? converted : inner.transpose(converted);
        if (oriented.getType() == type)
          return {oriented};
        return {tensor::CastOp::create(inner.getBuilder(), inner.getLoc(), type,
                                       oriented)};
      })[0];
}

/// The inverse of `toTall`: rounds and turns back to the type of `like`.
static Value fromTall(FormulaBuilder &m, Value x, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  Value rounded = m.cast(x, type.getElementType());
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
                                   Attribute contract) const override;
};
} // namespace

/// Square matrices have the closed form of the orthogonal group, with an msign
/// good enough for the gap that would be asked of the iteration.
static FailureOr<SolvedDirection> buildSquare(FormulaBuilder &m, DirectionOp op,
                                              Attribute contract) {
  if (!isa_and_nonnull<BandAttr>(op.getAccuracyAttr()))
    contract = getContractForGap(op, getGapGoal(op));
  FailureOr<SolvedDirection> solved =
      createOrthogonalGroup()->build(m, op, contract);
  if (failed(solved))
    return failure();
  solved->iterations = m.constant(0);
  // Without a correction: C = 0 is optimal.
  if (op.getNormal())
    solved->normal = m.broadcast(
        m.constant(0, getElementTypeOrSelf(solved->phi)), solved->phi);
  return solved;
}

static SolvedDirection buildRectangular(FormulaBuilder &m, DirectionOp op) {
  Problem problem(op);
  double goal = getGapGoal(op);
  Type element = goal < leastGapInFloat32 ? m.f64() : problem.getElement();
  auto tall = [&](Value x) { return toTall(m, x, element); };
  Value w = tall(problem.point);
  // A normal vector is nu = W C with a symmetric C, the correction. W has moved
  // since nu was kept: what is normal at its new place is W sym(W^T nu).
  Value correction;
  if (op.getNormal())
    correction = m.sym(m.productTN(w, tall(op.getNormal())));
  NewtonResult newton =
      buildPrimalDualNewton(m, w, tall(problem.gradient), correction,
                            m.constant(goal), epsilonOf(problem.getElement()));
  Value phi = fromTall(m, newton.phi, problem.gradient);
  SolvedDirection solved =
      certified(m, problem, phi, newton.bound, newton.outcome);
  if (element == problem.getElement()) {
    // Known already; the manifold's tangency is twice that of the symmetric
    // part. Otherwise rounding Phi moves both.
    solved.value = newton.value;
    solved.bound = m.max(newton.bound, newton.value);
    solved.tangency = m.mul(newton.tangency, m.constant(2));
  }
  solved.iterations = newton.iterations;
  if (op.getNormal())
    solved.normal = fromTall(m, m.product(w, newton.next), problem.gradient);
  return solved;
}

static SmallVector<Value> pack(const SolvedDirection &solved) {
  SmallVector<Value> values = {solved.phi,     solved.value,
                               solved.bound,   solved.tangency,
                               solved.outcome, solved.iterations};
  if (solved.normal)
    values.push_back(solved.normal);
  return values;
}

FailureOr<SolvedDirection> StiefelSpectral::build(FormulaBuilder &m,
                                                  DirectionOp op,
                                                  Attribute contract) const {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  if (type.hasStaticShape())
    return rows == columns
               ? buildSquare(m, op, contract)
               : FailureOr<SolvedDirection>(buildRectangular(m, op));
  Value isSquare = m.compareInt(arith::CmpIPredicate::eq, m.rows(op.getInput()),
                                m.cols(op.getInput()));
  bool isBuilt = true;
  SmallVector<Value> values = m.branch(
      isSquare,
      [&](FormulaBuilder &m) {
        FailureOr<SolvedDirection> solved = buildSquare(m, op, contract);
        isBuilt = succeeded(solved);
        return isBuilt ? pack(*solved) : SmallVector<Value>();
      },
      [&](FormulaBuilder &m) { return pack(buildRectangular(m, op)); });
  if (!isBuilt)
    return failure();
  SolvedDirection solved;
  solved.phi = values[0];
  solved.value = values[1];
  solved.bound = values[2];
  solved.tangency = values[3];
  solved.outcome = values[4];
  solved.iterations = values[5];
  if (op.getNormal())
    solved.normal = values[6];
  return solved;
}

std::unique_ptr<DirectionMethod> steepest::createStiefelSpectral() {
  return std::make_unique<StiefelSpectral>();
}
