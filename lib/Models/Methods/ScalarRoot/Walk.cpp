//===- Walk.cpp - one multiplier after the other --------------------------===//
//
// For norms whose dualizer costs a decomposition: one evaluation of f at a
// time, and the two Phi of the bracket are kept.
//
// To begin with the bracket is virtual: -+V / ||V|| are feasible and of slopes
// of either sign, lines below f that touch it nowhere. From the projection
// (x = 0) or the multiplier of the last step the first stride is twice
//
//   |h| f / (||Phi||_F^2 ||V||_F^2),
//
// the one that f would ask for if it were as curved as where all atoms of T
// have the same magnitude (one step of iteratively reweighted least squares,
// overshooting on purpose); later strides extrapolate the slope. Once f has
// fallen and risen the next multiplier is the minimum of the cubic through both
// ends; where that did not halve the gap, where the lines meet, and then the
// middle.
//
// Evaluations to a gap of 1e-3, mean and most, over gradients that are random,
// decay over four decades, of low rank, and nearly normal, and the normals of
// Frobenius, spectral, nuclear, Schatten and p-spheres: spectral 3.5 and 6,
// nuclear 3.8 and 7, Schatten-1.5 2.6 and 4, Schatten-4 3.1 and 6, Schatten-16
// 3.5 and 6, Ky Fan 3.4 and 8.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/ScalarRoot/ScalarDual.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;

static constexpr double mostEvaluations = 40;
/// The first stride relative to the estimate, and how extrapolated ones are
/// stretched and kept within multiples of the one before.
static constexpr double firstStretch = 2, stretch = 1.5;
static constexpr double leastGrowth = 2, mostGrowth = 10;
/// How near to the ends of the bracket the next multiplier may be.
static constexpr double margin = 1e-3;

namespace {

struct State {
  Bracket bracket;
  /// The Phi of both lines, and whether the lines touch f.
  Value lowerPhi, upperPhi, isLowerMade, isUpperMade;
  Value bound, passes;
  Value next, stride;
  /// How many evaluations in a row did not halve the gap, modulo 3.
  Value misses;

  SmallVector<Value> pack() const {
    const Line &a = bracket.lower, &b = bracket.upper;
    return {a.multiplier, a.slope,  a.value,  b.multiplier, b.slope,
            b.value,      lowerPhi, upperPhi, isLowerMade,  isUpperMade,
            bound,        passes,   next,     stride,       misses};
  }
  static State unpack(ValueRange v) {
    return {{{v[0], v[1], v[2]}, {v[3], v[4], v[5]}},
            v[6],
            v[7],
            v[8],
            v[9],
            v[10],
            v[11],
            v[12],
            v[13],
            v[14]};
  }
};

class Walk {
public:
  Walk(ScalarDual &dual, const ScalarGoal &goal)
      : dual(dual), m(dual.m), goal(goal),
        isEquality(dual.problem.manifold.getManifoldFacts().equality) {}

  State start();
  State step(const State &state);
  Value hasGap(const State &state);
  Value isBracketed(const State &state) {
    return m.logicalAnd(state.isLowerMade, state.isUpperMade);
  }
  Value isOpen(const State &state);
  ScalarSolution finish(const State &state);

private:
  Value compare(CmpFPredicate predicate, Value a, double b) {
    return m.compare(predicate, a, m.constant(b));
  }
  Value stride(const State &state, const ScalarDual::Sample &sample,
               Value isRising);
  void replace(State &state, const ScalarDual::Sample &sample, Value isRising);
  Value chooseInside(const State &state);
  Value chooseOutside(const State &state, const Line &line);

  ScalarDual &dual;
  matrix::FormulaBuilder &m;
  const ScalarGoal &goal;
  bool isEquality;
};

} // namespace

State Walk::start() {
  Value length =
      dual.problem.normModel.buildNorm(m, dual.v, dual.problem.operands);
  Value inverse = m.divOrZero(m.constant(1), length);
  Value slope = m.mul(dual.square, inverse);
  Value zero = m.constant(0), no = m.truth(false);
  State state;
  state.upperPhi = m.mul(dual.v, inverse);
  state.lowerPhi = m.neg(state.upperPhi);
  state.bracket = {{zero, m.neg(slope), zero}, {zero, slope, zero}};
  state.isLowerMade = state.isUpperMade = no;
  state.bound = m.constant(std::numeric_limits<double>::infinity());
  state.passes = state.misses = state.stride = zero;
  // The first multiplier of an inequality decides whether it binds.
  state.next = !isEquality ? dual.start : goal.from ? goal.from : zero;
  return state;
}

Value Walk::stride(const State &state, const ScalarDual::Sample &sample,
                   Value isRising) {
  const Line &line = sample.line;
  Value steepness = m.abs(line.slope);
  Value curvature = m.mul(m.sum(m.square(sample.phi)), dual.square);
  Value first = m.mul(m.divOrZero(m.mul(steepness, sample.dual), curvature),
                      m.constant(firstStretch));
  Line before = dual.select(isRising, state.bracket.upper, state.bracket.lower);
  Value isMade = m.select(isRising, state.isUpperMade, state.isLowerMade);
  Value moved = m.abs(m.sub(line.multiplier, before.multiplier));
  Value fallen = m.abs(m.sub(line.slope, before.slope));
  Value most = m.mul(state.stride, m.constant(mostGrowth));
  Value extrapolated =
      m.mul(m.divOrZero(m.mul(steepness, moved), fallen), m.constant(stretch));
  extrapolated = m.select(compare(CmpFPredicate::OGT, fallen, 0),
                          m.min(extrapolated, most), most);
  extrapolated =
      m.max(extrapolated, m.mul(state.stride, m.constant(leastGrowth)));
  return m.select(isMade, extrapolated, first);
}

void Walk::replace(State &state, const ScalarDual::Sample &sample,
                   Value isRising) {
  Value isFalling = m.select(isRising, m.truth(false), m.truth(true));
  Bracket &bracket = state.bracket;
  auto select = [&](Value condition, Value a, Value b) {
    return m.select(m.broadcast(condition, a), a, b);
  };
  bracket.lower = dual.select(isFalling, sample.line, bracket.lower);
  bracket.upper = dual.select(isRising, sample.line, bracket.upper);
  state.lowerPhi = select(isFalling, sample.phi, state.lowerPhi);
  state.upperPhi = select(isRising, sample.phi, state.upperPhi);
  state.isLowerMade = m.select(isFalling, isFalling, state.isLowerMade);
  state.isUpperMade = m.select(isRising, isRising, state.isUpperMade);
}

Value Walk::chooseInside(const State &state) {
  const Bracket &bracket = state.bracket;
  Value lower = bracket.lower.multiplier, upper = bracket.upper.multiplier;
  Value next = m.select(compare(CmpFPredicate::OGT, state.misses, 1.5),
                        dual.middle(bracket), dual.meeting(bracket));
  next = m.select(compare(CmpFPredicate::OLT, state.misses, 0.5),
                  dual.cubicMinimum(bracket), next);
  Value least = m.mul(m.sub(upper, lower), m.constant(margin));
  return m.min(m.max(next, m.add(lower, least)), m.sub(upper, least));
}

Value Walk::chooseOutside(const State &state, const Line &line) {
  // The other, virtual line says how far is far enough.
  Value most = m.abs(m.sub(dual.meeting(state.bracket), line.multiplier));
  Value stride = m.min(state.stride, most);
  return m.sub(line.multiplier, m.mul(m.sign(line.slope), stride));
}

State Walk::step(const State &state) {
  ScalarDual::Sample sample = dual.evaluate(state.next);
  Value isRising = compare(CmpFPredicate::OGT, sample.line.slope, 0);
  State next = state;
  next.stride = stride(state, sample, isRising);
  replace(next, sample, isRising);
  Value isFirst = compare(CmpFPredicate::OEQ, state.passes, 0);
  if (!isEquality) {
    // f rises from c on: D(G) is the answer.
    Value isDone = m.logicalAnd(
        isFirst, compare(CmpFPredicate::OGE, sample.line.slope, 0));
    Line flat = dual.flat(sample.line);
    next.bracket = {dual.select(isDone, flat, next.bracket.lower),
                    dual.select(isDone, flat, next.bracket.upper)};
    next.lowerPhi =
        m.select(m.broadcast(isDone, sample.phi), sample.phi, next.lowerPhi);
    next.isLowerMade = m.select(isDone, isDone, next.isLowerMade);
    next.isUpperMade = m.select(isDone, isDone, next.isUpperMade);
  }
  next.bound = m.min(state.bound, sample.dual);
  next.passes = m.add(state.passes, m.constant(1));

  auto gapOf = [&](const State &state) {
    return m.sub(state.bound, dual.attained(state.bracket));
  };
  Value isMiss = m.compare(CmpFPredicate::OGT, gapOf(next),
                           m.mul(gapOf(state), m.constant(0.5)));
  Value isInside = isBracketed(state);
  Value misses = m.add(state.misses, m.constant(1));
  misses =
      m.select(compare(CmpFPredicate::OGT, misses, 2.5), m.constant(0), misses);
  next.misses = m.select(m.logicalAnd(isMiss, isInside), misses, m.constant(0));
  next.next = m.select(isBracketed(next), chooseInside(next),
                       chooseOutside(next, sample.line));
  if (!isEquality && goal.from) {
    Value isAhead =
        m.logicalAnd(isFirst, m.compare(CmpFPredicate::OGT, goal.from,
                                        sample.line.multiplier));
    next.next = m.select(isAhead, goal.from, next.next);
  }
  return next;
}

Value Walk::hasGap(const State &state) {
  // Written so that an infinite bound is open.
  Value enough = m.mul(state.bound, m.constant(1 - goal.gap));
  return m.compare(CmpFPredicate::OLT, dual.attained(state.bracket), enough);
}

Value Walk::isOpen(const State &state) {
  Value isNarrow = m.select(
      isBracketed(state),
      m.select(dual.isWide(state.bracket), m.truth(false), m.truth(true)),
      m.truth(false));
  Value open = m.logicalAnd(hasGap(state), dual.isLeft);
  open = m.logicalAnd(
      open, compare(CmpFPredicate::OLT, state.passes, mostEvaluations));
  open = m.select(isNarrow, m.truth(false), open);
  // The first evaluation is the bound of what is left undone.
  return m.select(compare(CmpFPredicate::OEQ, state.passes, 0), m.truth(true),
                  open);
}

ScalarSolution Walk::finish(const State &state) {
  Value phi =
      dual.between(state.lowerPhi, state.upperPhi, dual.share(state.bracket));
  phi = m.mul(phi, m.cast(dual.isLeft, m.f64()));
  const Line &lower = state.bracket.lower, &upper = state.bracket.upper;
  // Where the slopes of both ends point to; of one end where the other is
  // virtual.
  Value share = dual.share(state.bracket);
  share = m.select(state.isUpperMade, share, m.constant(0));
  share = m.select(state.isLowerMade, share, m.constant(1));
  Value multiplier = dual.between(lower.multiplier, upper.multiplier, share);
  Value isStuck = compare(CmpFPredicate::OLT, state.passes, mostEvaluations);
  return {phi,     multiplier,    state.bound, state.passes,
          Value(), hasGap(state), isStuck};
}

ScalarSolution steepest::walk(ScalarDual &dual, const ScalarGoal &goal) {
  Walk walk(dual, goal);
  SmallVector<Value> inits = walk.start().pack();
  SmallVector<Type> types(ValueRange(inits).getTypes());
  auto loop = scf::WhileOp::create(
      dual.m.getBuilder(), dual.m.getLoc(), types, inits,
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        scf::ConditionOp::create(
            builder, loc, walk.isOpen(State::unpack(arguments)), arguments);
      },
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        State next = walk.step(State::unpack(arguments));
        scf::YieldOp::create(builder, loc, next.pack());
      });
  return walk.finish(State::unpack(loop.getResults()));
}
