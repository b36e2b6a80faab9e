//===- Iteration.cpp - one iteration of the smoothed method ---------------===//

#include "lib/Models/Methods/SmoothedNewton/ConjugateGradients.h"
#include "lib/Models/Methods/SmoothedNewton/Newton.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double rounding = std::numeric_limits<double>::epsilon();

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

NewtonState Newton::start(FormulaBuilder &m) const {
  Value zeros = m.broadcast(m.constant(0), target);
  NewtonState state;
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
NewtonState Newton::shorten(FormulaBuilder &m, NewtonState state) const {
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
NewtonState Newton::step(FormulaBuilder &m, NewtonState state, Value z,
                         Value candidate, Value candidateLength,
                         Value pointGap) {
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
  Value lagged = dual->prepare(
      m, m.select(state.hasPrimal, inside, m.broadcast(m.constant(0), inside)));
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
NewtonState Newton::advance(FormulaBuilder &m, NewtonState state, Value z,
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
  return NewtonState::unpack(m.branch(
      state.running,
      [&](Builder &m) {
        return step(m, state, z, candidate, candidateLength, pointGap).pack();
      },
      [&](Builder &) { return state.pack(); }));
}

NewtonState Newton::iterate(FormulaBuilder &m, const NewtonState &before) {
  NewtonState state = before;
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

  NewtonState next = NewtonState::unpack(m.branch(
      isRejected, [&](Builder &m) { return shorten(m, state).pack(); },
      [&](Builder &m) { return advance(m, state, z, *dual).pack(); }));
  next.running = m.logicalAnd(next.running, isKnown);
  next.iteration = m.add(state.iteration, m.constant(1));
  return next;
}
