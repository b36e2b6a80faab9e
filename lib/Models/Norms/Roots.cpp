//===- Roots.cpp - scalar equations inside formulas -----------------------===//

#include "lib/Models/Norms/Roots.h"
#include "lib/Models/Loop.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Halvings after which no bracket of float64 numbers of one sign that spans
/// less than 2^64 is left.
static constexpr double mostPasses = 120;

//===----------------------------------------------------------------------===//
// Roots
//===----------------------------------------------------------------------===//

namespace {
/// Two points with f(low) >= 0 >= f(high), the last point and the passes made.
struct RootState {
  Value low, atLow, high, atHigh, best, atBest, passes;

  Values pack() const {
    return {low, atLow, high, atHigh, best, atBest, passes};
  }
  static RootState unpack(ValueRange v) {
    return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
  }
};
} // namespace

static void narrow(FormulaBuilder &m, RootState &state, Value x, Value value) {
  Value isAbove = m.compare(CmpFPredicate::OGE, value, m.constant(0));
  Value isInside = m.logicalAnd(m.compare(CmpFPredicate::OGT, x, state.low),
                                m.compare(CmpFPredicate::OLT, x, state.high));
  Value raise = m.logicalAnd(isInside, isAbove);
  Value isBelow = m.compare(CmpFPredicate::OLT, value, m.constant(0));
  Value lower = m.logicalAnd(isInside, isBelow);
  state.low = m.select(raise, x, state.low);
  state.atLow = m.select(raise, value, state.atLow);
  state.high = m.select(lower, x, state.high);
  state.atHigh = m.select(lower, value, state.atHigh);
  Value isBetter =
      m.logicalAnd(isInside, m.compare(CmpFPredicate::OLT, m.abs(value),
                                       m.abs(state.atBest)));
  state.best = m.select(isBetter, x, state.best);
  state.atBest = m.select(isBetter, value, state.atBest);
}

Value steepest::buildDecreasingRoot(FormulaBuilder &m, Value low, Value high,
                                    ScalarFunction f, double tolerance) {
  RootState init;
  init.low = low;
  init.high = high;
  init.atLow = f(m, low);
  init.atHigh = f(m, high);
  Value isLow =
      m.compare(CmpFPredicate::OLE, m.abs(init.atLow), m.abs(init.atHigh));
  init.best = m.select(isLow, low, high);
  init.atBest = m.select(isLow, init.atLow, init.atHigh);
  init.passes = m.constant(0);
  Values result = buildLoop(
      m, init.pack(),
      [&](FormulaBuilder &m, ValueRange values) {
        RootState state = RootState::unpack(values);
        Value isFar = m.compare(CmpFPredicate::OGT, m.abs(state.atBest),
                                m.constant(tolerance));
        Value middle = m.mul(m.add(state.low, state.high), m.constant(0.5));
        Value isWide =
            m.logicalAnd(m.compare(CmpFPredicate::OGT, middle, state.low),
                         m.compare(CmpFPredicate::OLT, middle, state.high));
        Value isEarly =
            m.compare(CmpFPredicate::OLT, state.passes, m.constant(mostPasses));
        return m.logicalAnd(isEarly, m.logicalAnd(isFar, isWide));
      },
      [&](FormulaBuilder &m, ValueRange values) {
        RootState state = RootState::unpack(values);
        Value middle = m.mul(m.add(state.low, state.high), m.constant(0.5));
        Value atMiddle = f(m, middle);
        // x = middle + (middle - low) f / sqrt(f^2 - f(low) f(high)); the root
        // is at least |f|, so that x lies in the bracket.
        Value root =
            m.sqrt(m.sub(m.square(atMiddle), m.mul(state.atLow, state.atHigh)));
        Value x = m.add(middle, m.mul(m.sub(middle, state.low),
                                      m.divOrZero(atMiddle, root)));
        Value atX = f(m, x);
        RootState next = state;
        narrow(m, next, middle, atMiddle);
        narrow(m, next, x, atX);
        next.passes = m.add(state.passes, m.constant(1));
        return next.pack();
      });
  return RootState::unpack(result).best;
}

Value steepest::buildSoftThreshold(FormulaBuilder &m, Value a, Value radius) {
  // With t below the root, the entries above t hold an excess of
  // sum - count t - radius; shared among them it raises t, and not beyond.
  auto raise = [&](FormulaBuilder &m, Value t) {
    Value above = m.compare(CmpFPredicate::OGT, a, m.broadcast(t, a));
    Value sum = m.sum(m.select(above, a, m.constant(0)));
    Value count = m.sum(m.toF64(above));
    return m.divOrZero(m.sub(sum, radius), count);
  };
  Value zero = m.constant(0);
  Values result = buildLoop(
      m, {m.max(raise(m, zero), zero), zero},
      [&](FormulaBuilder &m, ValueRange state) {
        return m.compare(CmpFPredicate::OGT, state[0], state[1]);
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        return {m.max(raise(m, state[0]), state[0]), state[0]};
      });
  return result[0];
}

Value steepest::keepInside(FormulaBuilder &m, Value x, Value norm, Value radius,
                           Value moved) {
  Value isOutside = m.compare(CmpFPredicate::OGT, norm, radius);
  return m.select(m.broadcast(isOutside, x), moved, x);
}

//===----------------------------------------------------------------------===//
// Power balls
//===----------------------------------------------------------------------===//
//
// The nearest point x to a >= 0 on sum x^p = 1 satisfies, entry by entry,
//
//   x + c x^(p-1) = a,   c >= 0.
//
// The part c x^(p-1) is normal to the sphere and has the dual norm c, hence
// c <= ||a||_q; and every x_i <= 1 gives c >= max a - 1. In between, x^(p-1)
// behaves as a / c, so that ||x||^-(p-1) is nearly linear in c: 1 -
// ||x||^-(p-1) is the decreasing function whose zero is sought (with a power
// that stays in range for large p, where ||x|| hardly varies).
//
// For given c the entry is the zero of a convex function of u: of u = x for
// p >= 2, and of u = x^(p-1) for p < 2,
//
//   b u + d u^e = a,   e = p - 1, b = 1, d = c   or   e = 1/(p-1), b = c, d
//   = 1.
//
// Each term alone bounds u from above, so does x <= 1; Newton's method falls
// from the least of these bounds without passing the zero.

/// Newton steps at most; the bound is within a factor of two, and powers of
/// large exponents lose a factor of e each step until they no longer matter.
static constexpr double mostNewtonSteps = 40;

/// x of the entries a for the multiplier c.
static Value buildPowerEntries(FormulaBuilder &m, Value a, Value c, double p) {
  bool isSteep = p < 2;
  double e = isSteep ? 1 / (p - 1) : p - 1;
  Value one = m.constant(1);
  // Only the quotients by it overflow without: to infinity, which bounds
  // nothing.
  Value positive = m.max(c, m.constant(1e-280));
  Value b = isSteep ? positive : one, d = isSteep ? one : positive;
  Value start = m.min(m.min(m.div(a, b), m.pow(m.div(a, d), 1 / e)), one);
  Values result = buildLoop(
      m, {start, m.constant(1), m.constant(0)},
      [&](FormulaBuilder &m, ValueRange state) {
        return m.logicalAnd(
            m.compare(CmpFPredicate::OGT, state[1], m.constant(4e-16)),
            m.compare(CmpFPredicate::OLT, state[2],
                      m.constant(mostNewtonSteps)));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value u = state[0];
        Value power = m.mul(m.pow(u, e - 1), d);
        Value excess = m.sub(m.mul(u, m.add(power, b)), a);
        Value slope = m.add(m.mul(power, m.constant(e)), b);
        Value next = m.max(m.sub(u, m.div(excess, slope)), m.constant(0));
        Value change = m.maximum(m.abs(m.sub(u, next)));
        return {next, change, m.add(state[2], m.constant(1))};
      });
  return isSteep ? m.pow(result[0], e) : result[0];
}

Value steepest::buildUnitPowerBall(FormulaBuilder &m, Value a, double p) {
  Value zero = m.constant(0);
  Value largest = m.max(m.maximum(a), zero);
  Value t = m.div(a, positiveOrOne(m, largest));
  auto norm = [&](FormulaBuilder &m, Value x, double power) {
    return m.pow(m.sum(buildPower(m, x, power)), 1 / power);
  };
  Value dual = m.mul(largest, norm(m, t, p / (p - 1)));
  Value isOutside = m.compare(CmpFPredicate::OGT, m.mul(largest, norm(m, t, p)),
                              m.constant(1));
  // Inside there is nothing to find: an empty bracket.
  Value low = m.max(m.sub(largest, m.constant(1)), zero);
  low = m.select(isOutside, low, zero);
  Value high = m.select(isOutside, m.max(dual, low), zero);
  double exponent = std::min(p - 1, 8.0);
  Value c = buildDecreasingRoot(m, low, high, [&](FormulaBuilder &m, Value c) {
    Value x = buildPowerEntries(m, a, c, p);
    Value length = m.max(norm(m, x, p), m.constant(1e-15));
    Value inverse = m.div(m.constant(1), length);
    return m.sub(m.constant(1), m.pow(inverse, exponent));
  });
  Value x = buildPowerEntries(m, a, c, p);
  return m.select(m.broadcast(isOutside, a), x, a);
}

//===----------------------------------------------------------------------===//
// Spectra
//===----------------------------------------------------------------------===//

Value steepest::buildShrunkSpectrum(
    FormulaBuilder &m, Value x,
    function_ref<Value(FormulaBuilder &, Value)> factors) {
  Value wide = m.toF64(x);
  Value scale = positiveOrOne(m, m.maxAbs(wide));
  Value scaled = m.div(wide, scale);
  Value result = m.byOrientation(x, [&](FormulaBuilder &m, bool tall) {
                    Value gram = tall ? m.gram(scaled) : m.outerGram(scaled);
                    FormulaBuilder::Eigh eigh = m.eigh(gram);
                    m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
                    Value s =
                        m.mul(m.sqrt(m.max(eigh.values, m.constant(0))), scale);
                    // X (I - V diag(1 - t) V^T): exact where nothing shrinks.
                    Value removed = m.sub(m.constant(1), factors(m, s));
                    FormulaBuilder::ProductOptions options;
                    options.transposeLhs = options.symmetric = true;
                    Value weighted =
                        m.mul(eigh.vectors, m.alongRows(removed, eigh.vectors));
                    Value kernel = m.product(eigh.vectors, weighted, options);
                    FormulaBuilder::ProductOptions subtract;
                    subtract.alpha = m.constant(-1);
                    subtract.beta = m.constant(1);
                    subtract.addend = scaled;
                    return Values{tall ? m.product(scaled, kernel, subtract)
                                       : m.product(kernel, scaled, subtract)};
                  }).front();
  return m.mul(result, scale);
}
