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
#include "lib/Models/Methods/SmoothedNewton/ConjugateGradients.h"
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

static constexpr double budget = 40;
/// Products of the operator in one linear system.
static constexpr int64_t productsCap = 500;
/// Halvings of a step before the majoriser's is taken.
static constexpr double mostHalvings = 4;
/// The loop stops at this part of the gap, so that rounding Phi does not undo
/// it; and when the gap has not fallen by a tenth for `patience` iterations.
static constexpr double gapShare = 0.9;
static constexpr double patience = 10, earliestStall = 14;
/// The smoothing, relative to the mean magnitude: at the start, with a normal
/// to start from, at the end in gaps, its fall in one iteration, its least.
static constexpr double coldSmoothing = 1, warmSmoothing = 0.1;
static constexpr double smoothingShare = 0.6, smoothingFall = 0.05;
static constexpr double leastSmoothing = 1e-8;
/// mu in gaps, and after a rejection, from where it falls by this factor.
static constexpr double dampingShare = 0.1, dampingAfterRejection = 0.1;
static constexpr double dampingFall = 0.1;
/// Accuracies of the linear system: a tenth, and more while the gap does not
/// halve.
static constexpr double coarse = 0.1, fine = 1e-3;
/// Increases of the smoothed dual by this many gaps are tolerated.
static constexpr double increaseShare = 1e-2;

namespace {

/// What one iteration hands to the next. Scalars are f64 or i1.
struct State {
  /// nu, and the one that the last step started from.
  Value normal, previous;
  /// Phi in the unit ball, if there is one already.
  Value primal, hasPrimal;
  /// The value that is rejected, and halvings of the step since.
  Value limit, halvings;
  Value smoothing, damping, forcing;
  /// Certified: ||P G + best nu||* and <G, best Phi>.
  Value upper, bestNormal, lower, bestPrimal;
  /// The gap before, and when and where it last fell by a tenth.
  Value gap, markGap, markIteration;
  Value iteration, running;

  static constexpr Value State::*fields[] = {
      &State::normal,        &State::previous,   &State::primal,
      &State::hasPrimal,     &State::limit,      &State::halvings,
      &State::smoothing,     &State::damping,    &State::forcing,
      &State::upper,         &State::bestNormal, &State::lower,
      &State::bestPrimal,    &State::gap,        &State::markGap,
      &State::markIteration, &State::iteration,  &State::running};

  SmallVector<Value> pack() const {
    SmallVector<Value> values;
    for (Value State::*field : fields)
      values.push_back(this->*field);
    return values;
  }
  static State unpack(ValueRange values) {
    State state;
    for (auto [field, value] : llvm::zip_equal(fields, values))
      state.*field = value;
    return state;
  }
};

/// One direction, with what does not change between iterations.
class Newton {
public:
  Newton(FormulaBuilder &m, DirectionOp op);
  FailureOr<SolvedDirection> solve(FormulaBuilder &m);

private:
  using Builder = FormulaBuilder;

  /// In the type of all matrices here.
  Value like(Builder &m, Value x) const {
    if (x.getType() == type)
      return x;
    return tensor::CastOp::create(m.getBuilder(), m.getLoc(), type, x);
  }
  Value project(Builder &m, Value x) const {
    return like(m, problem.manifoldModel.buildProjection(m, point, x));
  }
  Value normalPart(Builder &m, Value x) const {
    return m.sub(x, project(m, x));
  }
  Value length(Builder &m, Value x) const {
    return problem.normModel.buildNorm(m, x, problem.operands);
  }
  std::unique_ptr<SmoothedDual> smooth(Builder &m, Value z, Value smoothing) {
    auto dual = smoothed.buildSmoothedDual(m, z, problem.operands, smoothing);
    isBuilt &= dual != nullptr;
    return dual;
  }

  /// A tangent candidate, its length, and the value of it divided by that.
  struct Measured {
    Value candidate, length, value;
  };
  Measured measure(Builder &m, Value candidate) const;
  Measured clip(Builder &m, const Measured &measured, Value upper) const;

  State start(Builder &m) const;
  State iterate(Builder &m, const State &state);
  State shorten(Builder &m, State state) const;
  State advance(Builder &m, State state, Value z, SmoothedDual &dual);
  State step(Builder &m, State state, Value z, Value candidate,
             Value candidateLength, Value pointGap);

  Problem problem;
  SmoothedNormModelAttrInterface smoothed;
  double tolerance;
  Type type;
  /// In float64; G in units of its largest entry, `unit`.
  Value point, unit, gradient, target, from;
  Value gradientLength, targetLength, isActive;
  bool isBuilt = true;
};

} // namespace

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

State Newton::start(FormulaBuilder &m) const {
  Value zeros = m.broadcast(m.constant(0), target);
  State state;
  state.normal = zeros;
  state.smoothing = m.constant(coldSmoothing);
  if (from) {
    // The point has moved, and the gradient may have lost its size.
    Value normal = normalPart(m, from);
    Value size = m.frobenius(normal);
    Value isUsable =
        m.logicalAnd(m.compare(CmpFPredicate::OGT, size, m.constant(0)),
                     m.compare(CmpFPredicate::OLT, size, m.constant(infinity)));
    Value shrink = m.min(m.constant(1), m.divOrZero(targetLength, size));
    state.normal = m.select(isUsable, m.mul(normal, shrink), zeros);
    state.smoothing = m.select(isUsable, m.constant(warmSmoothing),
                               m.constant(coldSmoothing));
  }
  state.previous = state.normal;
  state.primal = zeros;
  state.hasPrimal = m.truth(false);
  state.limit = m.constant(infinity);
  state.halvings = m.constant(0);
  state.damping = m.constant(0);
  state.forcing = m.constant(coarse);
  state.upper = m.constant(infinity);
  state.bestNormal = zeros;
  state.lower = m.constant(0);
  state.bestPrimal = zeros;
  state.gap = state.markGap = m.constant(2);
  state.markIteration = state.iteration = m.constant(0);
  state.running = isActive;
  return state;
}

/// A step that raised the smoothed dual.
State Newton::shorten(FormulaBuilder &m, State state) const {
  Value isSpent =
      m.compare(CmpFPredicate::OGE, state.halvings, m.constant(mostHalvings));
  Value middle = m.mul(m.add(state.normal, state.previous), m.constant(0.5));
  state.normal = m.select(isSpent, state.previous, middle);
  state.hasPrimal = m.select(isSpent, m.truth(false), state.hasPrimal);
  state.limit = m.select(isSpent, m.constant(infinity), state.limit);
  state.halvings =
      m.select(isSpent, m.constant(0), m.add(state.halvings, m.constant(1)));
  state.damping = m.max(state.damping, m.constant(dampingAfterRejection));
  return state;
}

/// The Newton step from z, where `candidate` is Phi and its point's own gap is
/// known.
State Newton::step(FormulaBuilder &m, State state, Value z, Value candidate,
                   Value candidateLength, Value pointGap) {
  // The smoothing follows the gap, but not faster than twentyfold.
  Value lowest = m.mul(state.smoothing, m.constant(smoothingFall));
  Value smoothing = m.min(pointGap, state.smoothing);
  smoothing = m.max(smoothing, m.constant(smoothingShare * tolerance));
  smoothing = m.max(m.max(smoothing, lowest), m.constant(leastSmoothing));
  std::unique_ptr<SmoothedDual> dual = smooth(m, z, smoothing);
  if (!dual)
    return state;

  Value damping =
      m.max(m.mul(pointGap, m.constant(dampingShare)), state.damping);
  // Without a Phi to rely on, 0 makes the operator the majoriser.
  Value inside = m.div(candidate, m.max(candidateLength, m.constant(1)));
  Value lagged =
      m.select(state.hasPrimal, inside, m.broadcast(m.constant(0), inside));
  auto newton = [&](Builder &m, Value d) {
    Value image = m.add(dual->derivative(m, lagged, d),
                        m.mul(dual->majoriser(m, d), damping));
    return normalPart(m, image);
  };
  auto precondition = [&](Builder &m, Value r) {
    return normalPart(m, dual->inverseMajoriser(m, r));
  };
  Value phi = dual->phi();
  Value residual = m.neg(normalPart(m, phi));
  Value d = solveByConjugateGradients(m, newton, precondition, residual,
                                      state.forcing, productsCap);

  state.primal = project(m, m.add(phi, dual->derivative(m, lagged, d)));
  state.hasPrimal = m.truth(true);
  state.previous = state.normal;
  state.normal = m.add(state.normal, d);
  Value slack =
      m.add(m.constant(1 + 1e-12), m.mul(pointGap, m.constant(increaseShare)));
  state.limit = m.mul(dual->value(), slack);
  state.halvings = m.constant(0);
  state.smoothing = smoothing;
  state.damping = m.mul(state.damping, m.constant(dampingFall));
  return state;
}

Newton::Measured Newton::measure(FormulaBuilder &m, Value candidate) const {
  Value size = length(m, candidate);
  return {candidate, size, m.divOrZero(m.dot(target, candidate), size)};
}

/// When the candidate is nearly good enough but too long, scaling it shortens
/// all of it for the sake of a few atoms: the nearest point of the ball may
/// lose less.
Newton::Measured Newton::clip(FormulaBuilder &m, const Measured &measured,
                              Value upper) const {
  Value gap = m.divOrZero(m.sub(upper, measured.value), upper);
  Value isNear = m.logicalAnd(
      m.compare(CmpFPredicate::OGT, gap, m.constant(tolerance)),
      m.compare(CmpFPredicate::OLT, gap, m.constant(10 * tolerance)));
  Value isLong = m.compare(CmpFPredicate::OGT, measured.length,
                           m.constant(1 + tolerance / 4));
  auto keep = [&](Builder &) {
    return SmallVector<Value>{measured.candidate, measured.length,
                              measured.value};
  };
  SmallVector<Value> better = m.branch(
      m.logicalAnd(isNear, isLong),
      [&](Builder &m) {
        Value clipped = problem.normModel.buildBallProjection(
            m, measured.candidate, problem.operands, m.constant(1));
        if (!clipped)
          return keep(m);
        Measured other = measure(m, project(m, like(m, clipped)));
        Value isBetter =
            m.compare(CmpFPredicate::OGT, other.value, measured.value);
        return SmallVector<Value>{
            m.select(isBetter, other.candidate, measured.candidate),
            m.select(isBetter, other.length, measured.length),
            m.select(isBetter, other.value, measured.value)};
      },
      keep);
  return {better[0], better[1], better[2]};
}

/// A point that was accepted: its candidate, the bounds, and a step from it.
State Newton::advance(FormulaBuilder &m, State state, Value z,
                      SmoothedDual &dual) {
  Value candidate = m.branch(
      state.hasPrimal,
      [&](Builder &) { return SmallVector<Value>{state.primal}; },
      [&](Builder &m) {
        return SmallVector<Value>{project(m, dual.phi())};
      })[0];
  Measured measured = clip(m, measure(m, candidate), state.upper);
  candidate = measured.candidate;
  Value candidateLength = measured.length, value = measured.value;
  Value isBetter = m.compare(CmpFPredicate::OGT, value, state.lower);
  state.lower = m.select(isBetter, value, state.lower);
  Value feasible =
      m.mul(candidate, m.divOrZero(m.constant(1), candidateLength));
  state.bestPrimal = m.select(isBetter, feasible, state.bestPrimal);

  auto gapOf = [&](Value above, Value below) {
    return m.divOrZero(m.sub(above, below), above);
  };
  Value gap = gapOf(state.upper, state.lower);
  Value pointGap = m.max(gapOf(dual.dual(), value), m.constant(rounding));

  Value isSlow =
      m.compare(CmpFPredicate::OGT, gap, m.mul(state.gap, m.constant(0.5)));
  state.forcing = m.select(
      isSlow, m.max(m.mul(state.forcing, m.constant(0.1)), m.constant(fine)),
      m.min(m.mul(state.forcing, m.constant(10)), m.constant(coarse)));
  state.gap = gap;

  Value fell =
      m.compare(CmpFPredicate::OLE, gap, m.mul(state.markGap, m.constant(0.9)));
  state.markGap = m.select(fell, gap, state.markGap);
  state.markIteration = m.select(fell, state.iteration, state.markIteration);
  Value since = m.sub(state.iteration, state.markIteration);
  Value isStalled =
      m.logicalAnd(m.compare(CmpFPredicate::OGE, since, m.constant(patience)),
                   m.compare(CmpFPredicate::OGT, state.iteration,
                             m.constant(earliestStall)));
  Value isFar =
      m.compare(CmpFPredicate::OGT, gap, m.constant(gapShare * tolerance));
  state.running =
      m.logicalAnd(isFar, m.select(isStalled, m.truth(false), m.truth(true)));
  return State::unpack(m.branch(
      state.running,
      [&](Builder &m) {
        return step(m, state, z, candidate, candidateLength, pointGap).pack();
      },
      [&](Builder &) { return state.pack(); }));
}

State Newton::iterate(FormulaBuilder &m, const State &before) {
  State state = before;
  Value z = m.add(target, state.normal);
  std::unique_ptr<SmoothedDual> dual = smooth(m, z, state.smoothing);
  if (!dual)
    return state;
  // False where a factorisation failed and nothing is known.
  Value isLower = m.compare(CmpFPredicate::OLT, dual->dual(), state.upper);
  state.upper = m.select(isLower, dual->dual(), state.upper);
  state.bestNormal = m.select(isLower, state.normal, state.bestNormal);
  Value isKnown =
      m.compare(CmpFPredicate::OLT, dual->dual(), m.constant(infinity));
  Value isRejected = m.compare(CmpFPredicate::OGT, dual->value(), state.limit);

  State next = State::unpack(m.branch(
      isRejected, [&](Builder &m) { return shorten(m, state).pack(); },
      [&](Builder &m) { return advance(m, state, z, *dual).pack(); }));
  next.running = m.logicalAnd(next.running, isKnown);
  next.iteration = m.add(state.iteration, m.constant(1));
  return next;
}

FailureOr<SolvedDirection> Newton::solve(FormulaBuilder &m) {
  State end = State::unpack(buildLoop(
      m, start(m).pack(),
      [&](Builder &m, ValueRange values) {
        State state = State::unpack(values);
        Value isAllowed =
            m.compare(CmpFPredicate::OLT, state.iteration, m.constant(budget));
        return m.logicalAnd(state.running, isAllowed);
      },
      [&](Builder &m, ValueRange values) {
        return iterate(m, State::unpack(values)).pack();
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
