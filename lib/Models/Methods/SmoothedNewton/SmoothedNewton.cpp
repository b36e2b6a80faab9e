//===- SmoothedNewton.cpp - any smooth norm on any manifold ---------------===//
//
//   maximise <G, Phi>  over  Phi in T,  ||Phi|| <= 1,
//
// for a linear space T of tangents with the orthogonal projector P. Since
// <G, Phi> = <Z, Phi> for every Z = P G + nu with nu normal to T, any dual norm
// ||Z||* bounds the maximum, and the least of them attains it:
//
//   minimise  ||P G + nu||*  over  nu in the range of I - P.
//
// No coordinates of nu are needed: nu is itself the unknown. An iteration
// smooths the dual norm with a smoothing e tied to the measured gap and makes a
// Newton step on its optimality conditions
//
//   Phi = grad ||Z||*_e,   (I - P) Phi = 0,
//
// in which Phi is an unknown of its own (the lagged linearisation of Chan,
// Golub and Mulet). With H[D] = (I - P) d Phi[D], semidefinite for every Phi in
// the unit ball, conjugate gradients find the normal D with
//
//   (H + mu B)[D] = -(I - P) grad ||Z||*_e,
//
// where B is the majoriser, whose inverse also preconditions. Then nu <- nu +
// D, and P (Phi + d Phi[D]) is the next Phi: tangent, and divided by its length
// a feasible direction. Every iteration gives an upper and a lower bound; the
// best of both and what attains them are kept, so that any exit is certified.
//
// Safeguard: the smoothed dual must fall. If it does not, the step is halved a
// few times, which is bound to succeed where the model is a descent direction,
// and then the lagged Phi is given up for 0, the step of the majoriser.
//
// Constants: measured on gradients of fast and slow decay, low rank and noise,
// on manifolds of codimension one up to (m^2 + m) / 2, for p from 1 to
// infinity.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Loop.h"
#include "lib/Models/Methods/Options.h"
#include "lib/Models/Methods/SmoothedNewton/Newton.h"
#include "lib/Models/Smoothed/Smoothed.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "runtime/steepest.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double rounding = std::numeric_limits<double>::epsilon();

/// Iterations after which the method gives up.
static constexpr double budget = 40;

Value Newton::like(FormulaBuilder &m, Value x) const {
  if (x.getType() == type)
    return x;
  return tensor::CastOp::create(m.getBuilder(), m.getLoc(), type, x);
}

Newton::Newton(FormulaBuilder &m, DirectionOp op)
    : problem(op),
      smoothed(cast<SmoothedNormModelAttrInterface>(problem.normName)),
      tolerance(getGapGoal(op)) {
  type = cast<RankedTensorType>(problem.gradient.getType()).clone(m.f64());
  point = like(m, m.toF64(problem.point));
  Value g = m.toF64(problem.gradient);
  unit = m.max(m.maxAbs(g), m.constant(0));
  Value isNonzero = m.compare(CmpFPredicate::OGT, unit, m.constant(0));
  gradient = m.div(g, m.select(isNonzero, unit, m.constant(1)));
  // Twice: of a point off its manifold, once leaves the square of that.
  target = project(m, project(m, gradient));
  gradientLength = m.frobenius(gradient);
  targetLength = m.frobenius(target);
  // A tangent part within the rounding of G is noise.
  Value extent = m.count(g);
  if (cast<RankedTensorType>(type).getRank() == 2)
    extent = m.min(m.toFloat(m.rows(g)), m.toFloat(m.cols(g)));
  Value noise = m.mul(m.constant(8 * epsilonOf(problem.getElement())),
                      m.mul(m.sqrt(extent), gradientLength));
  isActive = m.compare(CmpFPredicate::OGT, targetLength, noise);
  if (Value normal = op.getNormal())
    from = m.div(m.toF64(normal), m.select(isNonzero, unit, m.constant(1)));
}

FailureOr<SolvedDirection> Newton::solve(FormulaBuilder &m) {
  NewtonState end = NewtonState::unpack(buildLoop(
      m, start(m).pack(),
      [&](Builder &m, ValueRange values) {
        NewtonState state = NewtonState::unpack(values);
        Value isAllowed =
            m.compare(CmpFPredicate::OLT, state.iteration, m.constant(budget));
        return m.logicalAnd(state.running, isAllowed);
      },
      [&](Builder &m, ValueRange values) {
        return iterate(m, NewtonState::unpack(values)).pack();
      }));
  if (!isBuilt)
    return failure();

  // Into the unit ball, with room for rounding Phi to its type.
  Value phi = project(m, end.bestPrimal);
  double room = 1 + 2 * epsilonOf(problem.getElement());
  Value outside = m.mul(length(m, phi), m.constant(room));
  phi = m.div(phi, m.max(outside, m.constant(1)));
  Type rounded = cast<RankedTensorType>(problem.gradient.getType());
  auto restore = [&](Value x) {
    return m.cast(x, getElementTypeOrSelf(rounded));
  };

  // Rounding of Z relative to P G moves the dual norm, in the worst case of
  // norms of magnitudes by sqrt(count) as much.
  Value upper = m.branch(
      m.compare(CmpFPredicate::OLT, end.upper, m.constant(infinity)),
      [&](Builder &) { return SmallVector<Value>{end.upper}; },
      [&](Builder &m) {
        return SmallVector<Value>{
            problem.normModel.buildDualNorm(m, target, problem.operands)};
      })[0];
  Value spread =
      m.mul(m.sqrt(m.count(target)), m.divOrZero(gradientLength, targetLength));
  Value margin = m.mul(m.add(spread, m.constant(1)), m.constant(16 * rounding));
  Value bound = m.mul(m.mul(upper, m.add(margin, m.constant(1))), unit);

  SolvedDirection solved =
      certified(m, problem, restore(phi), bound, /*outcome=*/{});
  Value isCertified =
      m.compare(CmpFPredicate::OLE, m.sub(solved.bound, solved.value),
                m.mul(solved.bound, m.constant(tolerance)));
  Value isNonzero = m.compare(CmpFPredicate::OGT, unit, m.constant(0));
  Value unfinished = m.select(end.running, m.constant(STEEPEST_BUDGET),
                              m.constant(STEEPEST_STALLED));
  Value reached =
      m.select(isCertified, m.constant(STEEPEST_CONVERGED), unfinished);
  solved.outcome = m.select(isActive, reached,
                            m.select(isNonzero, m.constant(STEEPEST_NORMAL),
                                     m.constant(STEEPEST_ZERO)));
  solved.iterations = end.iteration;
  solved.normal = restore(m.mul(end.bestNormal, unit));
  return solved;
}

namespace {
class SmoothedNewton : public DirectionMethod {
public:
  StringRef getName() const override { return "smoothed_newton"; }
  unsigned getCost() const override { return 15; }
  StringRef getArgument() const override {
    return "minimises the dual norm ||P G + nu||* over normal nu by Newton's "
           "method on the smoothed norm; each iterate gives a tangent Phi and "
           "an upper bound, and it stops when their gap is small enough";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    Problem problem(op);
    if (failed(problem.expect(/*onManifold=*/true, reason)))
      return failure();
    if (!hasSmoothedDual(problem.normName))
      reason = "the dual of the norm " + printed(problem.normName) +
               " has no smooth form";
    else if (!problem.manifold.getManifoldFacts().equality)
      reason = "the manifold " + printed(problem.manifoldName) +
               " is an inequality: its tangents are no linear space";
    else if (isa_and_nonnull<PolynomialAttr>(op.getMethodAttr()))
      reason = "polynomial steps do not give tangent directions";
    else
      return success();
    return failure();
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute) const override {
    return Newton(m, op).solve(m);
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createSmoothedNewton() {
  return std::make_unique<SmoothedNewton>();
}
