//===- Clip.cpp - clipping magnitudes to a Euclidean length ---------------===//
//
// With c_i = a_i^2 in units of the largest and u = 1 / t^2 the condition is
//
//   f(u) = sum min(1, c_i u) = r^2.
//
// f is increasing, concave and piecewise linear. A tangent lies above f, so
// that the place where it meets r^2 is never right of the root: Newton's method
// from any u with fewer than r^2 clipped entries is a lower bound of it, from
// the left it rises monotonically, and it is exact as soon as no further entry
// is clipped. Each pass over memory evaluates f at two points: at the lower
// bound, and at the geometric mean of the bracket, whose tangent is another
// lower bound; the exponents of a bracket of float64 numbers are halved 11
// times until it spans a factor of two. Gradients take 3 to 6 passes.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Clip.h"
#include "lib/Models/Loop.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;
using matrix::Fold;
using matrix::FormulaBuilder;

static constexpr double mostPasses = 64;
/// Newton's method rises by less than this (relative) when it has arrived.
static constexpr double arrived = 1e-15;

namespace {
/// f(u) = count + rest u around one u: entries clipped there, and the sum of
/// the others.
struct Tangent {
  Value count, rest;
};
} // namespace

Clip::Clip(FormulaBuilder &m, Value a, double radius, Extent extent)
    : radius(radius), extent(extent) {
  top = m.max(m.reduce(Fold::Maximum, a, extent), m.constant(0));
  unit = positiveOrOne(m, top);
  relative = m.div(a, m.broadcast(unit, a, extent));
  Value squares = m.square(relative);
  Value one = m.constant(1), zero = m.constant(0);
  Value target = m.constant(radius * radius);

  auto at = [&](FormulaBuilder &m, Value u) -> Tangent {
    Value isClipped =
        m.compare(CmpFPredicate::OGE, m.mul(squares, spread(m, u)), one);
    return {fold(m, Fold::Sum, m.toF64(isClipped)),
            fold(m, Fold::Sum, m.select(isClipped, zero, squares))};
  };
  // Where the tangent meets r^2; nothing (0) when it is beyond.
  auto meet = [&](FormulaBuilder &m, const Tangent &line) {
    return m.divOrZero(m.max(m.sub(target, line.count), zero), line.rest);
  };

  // All positive entries are clipped at twice the inverse of the least.
  Value isPositive = m.compare(CmpFPredicate::OGT, squares, zero);
  Value least = fold(m, Fold::Minimum, m.select(isPositive, squares, one));
  Value count = fold(m, Fold::Sum, m.toF64(isPositive));
  Value all = fold(m, Fold::Sum, squares);
  Value high = m.div(m.constant(2), m.min(least, one));
  Value isFew = m.compare(CmpFPredicate::OLE, count, target);
  // f(u) <= u sum c.
  Value low = m.select(isFew, high, m.divOrZero(target, all));
  Values result = buildLoop(
      m, {low, high, m.select(isFew, low, zero), m.constant(0)},
      [&](FormulaBuilder &m, ValueRange state) {
        Value isRising = m.compare(CmpFPredicate::OGT, state[0],
                                   m.mul(state[2], m.constant(1 + arrived)));
        if (extent != Extent::Scalar)
          isRising =
              m.compare(CmpFPredicate::OGT, m.maximum(m.toF64(isRising)), zero);
        return m.logicalAnd(isRising, m.compare(CmpFPredicate::OLT, state[3],
                                                m.constant(mostPasses)));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value low = state[0], high = state[1];
        Value middle = m.mul(m.sqrt(low), m.sqrt(high));
        Tangent atLow = at(m, low), atMiddle = at(m, middle);
        Value value = m.add(atMiddle.count, m.mul(atMiddle.rest, middle));
        Value isAbove = m.compare(CmpFPredicate::OGE, value, target);
        Value next = m.max(low, m.max(meet(m, atLow), meet(m, atMiddle)));
        // Rounding must not take it past the bracket.
        Value nextHigh = m.select(isAbove, m.min(middle, high), high);
        return {m.min(next, high), nextHigh, low,
                m.add(state[3], m.constant(1))};
      });
  level = m.div(one, m.sqrt(positiveOrOne(m, result[0])));
}

Value Clip::norm(FormulaBuilder &m) const {
  Value length = m.sqrt(fold(m, Fold::Sum, m.square(relative)));
  return m.max(top, m.mul(top, m.mul(length, m.constant(1 / radius))));
}

Value Clip::clipped(FormulaBuilder &m) const {
  return m.min(m.div(relative, spread(m, level)), m.constant(1));
}

Value Clip::factors(FormulaBuilder &m) const {
  Value larger = m.max(relative, spread(m, level));
  return m.div(m.div(m.constant(1), larger), spread(m, unit));
}

Value Clip::dual(FormulaBuilder &m) const {
  return m.mul(top, fold(m, Fold::Sum, m.mul(relative, clipped(m))));
}

Value Clip::bound(FormulaBuilder &m, Value b) const {
  Value inUnit = m.div(b, spread(m, unit));
  Value t = spread(m, level);
  Value above = fold(m, Fold::Sum, m.max(m.sub(inUnit, t), m.constant(0)));
  Value below = fold(m, Fold::Sum, m.square(m.min(inUnit, t)));
  Value length = m.mul(m.sqrt(below), m.constant(radius));
  Value sum = fold(m, Fold::Sum, inUnit);
  return m.mul(unit, m.min(sum, m.add(above, length)));
}

Value Clip::spanSquared(FormulaBuilder &m) const {
  return m.div(m.constant(1), m.square(level));
}

Value Clip::nearest(FormulaBuilder &m, Value limit) const {
  // In the unit; a limit / max(a, t, limit) is a inside.
  Value share =
      m.div(extent == Extent::Scalar ? limit : m.broadcast(limit, unit), unit);
  Value t = m.max(level, share);
  Value larger = m.max(relative, spread(m, t));
  Value kept = m.mul(relative, m.div(spread(m, share), larger));
  return m.mul(kept, spread(m, unit));
}
