//===- Sweep.cpp - several multipliers a pass -----------------------------===//
//
// Each pass evaluates f where the lines meet, at the minimum of the cubic
// through both ends, and halfway between, which halves the bracket at least.
// Nothing of the size of the matrix is kept between passes: the two Phi are
// dualized again at the end.
//
// Mean and largest number of passes to a gap of 1e-6, over gradients that are
// random, decaying over four decades, of low rank and nearly normal, and the
// normals of p-spheres for p from 1 to 8: linf 4.0 and 8, l1 2.6 and 5, lp
// between 2.7 (p = 3) and 4.4 (p = 1.05), 8 at most, columns 2.6 and 3.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/ScalarRoot/ScalarDual.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;

/// Halving a bracket of float64 takes no more.
static constexpr double mostPasses = 64;

namespace {

struct State {
  Bracket bracket;
  Value bound, passes;

  SmallVector<Value> pack() const {
    const Line &a = bracket.lower, &b = bracket.upper;
    return {a.multiplier, a.slope, a.value, b.multiplier,
            b.slope,      b.value, bound,   passes};
  }
  static State unpack(ValueRange v) {
    return {{{v[0], v[1], v[2]}, {v[3], v[4], v[5]}}, v[6], v[7]};
  }
};

class Sweep {
public:
  Sweep(ScalarDual &dual, const ScalarGoal &goal)
      : dual(dual), m(dual.m), goal(goal) {}

  State start();
  State step(const State &state);
  /// Per problem: the gap is open, though something is left.
  Value hasGap(const State &state);
  Value isOpen(const State &state);
  ScalarSolution finish(const State &state);

private:
  void narrow(State &state, const ScalarDual::Sample &sample);

  ScalarDual &dual;
  matrix::FormulaBuilder &m;
  const ScalarGoal &goal;
};

} // namespace

State Sweep::start() {
  auto length = [&](Value x) {
    Dualized dualized = dual.problem.normModel.buildDualizer(
        m, x, dual.problem.operands, Attribute());
    return dual.fold(m.mul(x, dualized.phi));
  };
  Value none = m.mul(dual.square, m.constant(0));
  ScalarDual::Sample projection = dual.evaluate(none);
  // f(x) <= f(0) bounds the minimiser: |x| f_V - f(0) <= f(0). A little more
  // keeps the signs of the slopes safe from rounding.
  Value reach = m.mul(m.divOrZero(projection.line.value, length(dual.v)),
                      m.constant(2.5));
  State state;
  state.bound = projection.dual;
  state.passes = m.constant(0);
  Bracket &bracket = state.bracket;
  if (dual.problem.manifold.getManifoldFacts().equality) {
    bracket = {dual.evaluate(m.neg(reach)).line, dual.evaluate(reach).line};
  } else {
    // From c on, and c is the answer if f rises there.
    ScalarDual::Sample first = dual.evaluate(dual.start);
    Value isDone =
        m.compare(CmpFPredicate::OGE, first.line.slope, m.constant(0));
    Line flat = dual.flat(first.line);
    Line end = dual.evaluate(m.max(reach, dual.start)).line;
    bracket = {dual.select(isDone, flat, first.line),
               dual.select(isDone, flat, end)};
    state.bound = first.dual;
  }
  narrow(state, projection);
  if (goal.from)
    narrow(state, dual.evaluate(goal.from));
  return state;
}

void Sweep::narrow(State &state, const ScalarDual::Sample &sample) {
  Bracket &bracket = state.bracket;
  const Line &line = sample.line;
  Value isInside = m.logicalAnd(
      m.compare(CmpFPredicate::OGT, line.multiplier, bracket.lower.multiplier),
      m.compare(CmpFPredicate::OLT, line.multiplier, bracket.upper.multiplier));
  state.bound =
      m.select(isInside, m.min(state.bound, sample.dual), state.bound);
  Value zero = m.constant(0);
  auto replace = [&](Line &side, CmpFPredicate predicate) {
    Value isBetter =
        m.logicalAnd(isInside, m.compare(predicate, line.slope, zero));
    side = dual.select(isBetter, line, side);
  };
  replace(bracket.lower, CmpFPredicate::OLE);
  replace(bracket.upper, CmpFPredicate::OGT);
}

State Sweep::step(const State &state) {
  const Bracket &bracket = state.bracket;
  ScalarDual::Sample samples[] = {dual.evaluate(dual.meeting(bracket)),
                                  dual.evaluate(dual.cubicMinimum(bracket)),
                                  dual.evaluate(dual.middle(bracket))};
  State next = state;
  for (const ScalarDual::Sample &sample : samples)
    narrow(next, sample);
  next.passes = m.add(state.passes, m.constant(1));
  return next;
}

Value Sweep::hasGap(const State &state) {
  Value gap = m.sub(state.bound, dual.attained(state.bracket));
  return m.logicalAnd(m.compare(CmpFPredicate::OGT, gap,
                                m.mul(state.bound, m.constant(goal.gap))),
                      dual.isLeft);
}

Value Sweep::isOpen(const State &state) {
  Value open =
      dual.any(m.logicalAnd(hasGap(state), dual.isWide(state.bracket)));
  return m.logicalAnd(open, m.compare(CmpFPredicate::OLT, state.passes,
                                      m.constant(mostPasses)));
}

ScalarSolution Sweep::finish(const State &state) {
  const Line &lower = state.bracket.lower, &upper = state.bracket.upper;
  Value share = dual.share(state.bracket);
  Value phi =
      dual.between(dual.evaluate(lower.multiplier).phi,
                   dual.evaluate(upper.multiplier).phi, dual.spread(share));
  phi = m.mul(phi, dual.spread(m.cast(dual.isLeft, m.f64())));
  Value multiplier = dual.between(lower.multiplier, upper.multiplier, share);
  Value bound = state.bound;
  if (dual.extent != Extent::Scalar) {
    bound = m.sum(bound);
    if (!dual.isAttained) {
      // The parts of an inexact dual are not known, only the whole.
      Value z = m.add(dual.t, m.mul(dual.v, dual.spread(multiplier)));
      bound = dual.problem.normModel.buildDualNorm(m, z, dual.problem.operands);
    }
  }
  Value isOpen = dual.any(hasGap(state));
  Value isSpent =
      m.compare(CmpFPredicate::OGE, state.passes, m.constant(mostPasses));
  Value isStuck = m.select(isSpent, m.truth(false), m.truth(true));
  return {phi, multiplier, bound, state.passes, state.bound, isOpen, isStuck};
}

ScalarSolution steepest::sweep(ScalarDual &dual, const ScalarGoal &goal) {
  Sweep sweep(dual, goal);
  SmallVector<Value> inits = sweep.start().pack();
  SmallVector<Type> types(ValueRange(inits).getTypes());
  auto loop = scf::WhileOp::create(
      dual.m.getBuilder(), dual.m.getLoc(), types, inits,
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        scf::ConditionOp::create(
            builder, loc, sweep.isOpen(State::unpack(arguments)), arguments);
      },
      [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        State next = sweep.step(State::unpack(arguments));
        scf::YieldOp::create(builder, loc, next.pack());
      });
  return sweep.finish(State::unpack(loop.getResults()));
}
