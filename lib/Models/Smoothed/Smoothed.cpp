//===- Smoothed.cpp - smoothed powers of magnitudes -----------------------===//

#include "lib/Models/Smoothed/Smoothed.h"
#include "lib/Models/Norms/Norms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Squares below this are zero: z is normalised, and its squares are not.
static constexpr double smallestSquare = 1e-280;
/// The least exponent of a smoothed dual with q > 2, unless q is less.
static constexpr double leastExponent = 3;
/// Weights of the majoriser, relative to the largest, are not below this.
/// Those of the smoothed dual vanish with the magnitude, and their inverses
/// would not precondition anything.
static constexpr double leastBound = 1e-2;

void steepest::attachSmoothedNorms(MLIRContext &context) {
  attachSmoothedGroups(context);
  attachSmoothedScaled(context);
  attachSmoothedSchatten(context);
}

bool steepest::hasSmoothedDual(Attribute norm) {
  if (auto scaled = dyn_cast<ScaledAttr>(norm))
    return hasSmoothedDual(scaled.getNorm());
  return isa<SmoothedNormModelAttrInterface>(norm);
}

/// x^p of x >= 0 with an exponent known at run time.
static Value power(FormulaBuilder &m, Value x, Value p) {
  if (isa<RankedTensorType>(x.getType()))
    p = m.broadcast(p, x);
  return math::PowFOp::create(m.getBuilder(), m.getLoc(), x, p);
}

/// (sum s^q)^(1/q) for q < inf, without overflow.
static Value powerNorm(FormulaBuilder &m, Value s, double q) {
  if (q == 1)
    return m.sum(s);
  Value largest = m.maximum(s);
  Value t = m.div(s, positiveOrOne(m, largest));
  return m.mul(largest, m.pow(m.sum(m.pow(t, q)), 1 / q));
}

SmoothedPowers::SmoothedPowers(FormulaBuilder &m, Value squares, double p,
                               Value smoothing, double rounding)
    : p(p) {
  double q = std::isinf(p) ? 1
             : p == 1      ? std::numeric_limits<double>::infinity()
                           : p / (p - 1);
  Value largestSquare = m.maximum(squares);
  Value s = m.sqrt(squares);
  Value largest = positiveOrOne(m, m.sqrt(largestSquare));
  // Not below the norm, whatever the rounding.
  Value above = s;
  if (rounding)
    above = m.sqrt(m.add(squares, m.mul(largestSquare, m.constant(rounding))));
  dual = std::isinf(q) ? m.maximum(above) : powerNorm(m, above, q);
  Value count = m.count(s);
  scale = m.div(m.sum(s), count);

  if (isConcave()) {
    exponent = m.constant(q);
    Value shift =
        m.max(m.square(m.mul(smoothing, scale)), m.constant(smallestSquare));
    roots = m.sqrt(m.add(squares, shift));
    value = powerNorm(m, roots, q);
    weights = q == 1 ? m.div(m.broadcast(m.constant(1), roots), roots)
                     : m.div(m.pow(m.div(roots, value), q - 1), roots);
    bounds = weights;
    return;
  }

  Value logarithm = math::LogOp::create(m.getBuilder(), m.getLoc(), count);
  Value raised = m.max(m.constant(leastExponent),
                       m.div(logarithm, m.mul(m.constant(2), smoothing)));
  exponent = m.min(m.constant(std::min(q, 1e300)), raised);
  roots = s;
  Value t = m.div(s, largest);
  Value length =
      power(m, m.sum(power(m, t, exponent)), m.div(m.constant(1), exponent));
  length = positiveOrOne(m, length);
  value = m.mul(largest, length);
  weights =
      m.div(power(m, m.div(t, length), m.sub(exponent, m.constant(2))), value);
  Value least = m.mul(m.maximum(weights), m.constant(leastBound));
  bounds = m.mul(m.max(weights, m.max(least, m.constant(smallestSquare))),
                 m.sub(exponent, m.constant(1)));
}
