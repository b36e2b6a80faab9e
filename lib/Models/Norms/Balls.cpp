//===- Balls.cpp - nearest points of the balls of norms -------------------===//
//
// All these balls contain with x what has the same signs and smaller
// magnitudes, so that the nearest point keeps signs (singular vectors) and
// lowers magnitudes (singular values).
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Roots.h"

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

static Value roundLike(FormulaBuilder &m, Value result, Value like) {
  return m.cast(result, getElementTypeOrSelf(like.getType()));
}

Value steepest::buildBoxProjection(FormulaBuilder &m, Value x, Value radius) {
  return roundLike(m, m.max(m.min(m.toF64(x), radius), m.neg(radius)), x);
}

Value steepest::buildL1Projection(FormulaBuilder &m, Value x, Value radius) {
  Value x64 = m.toF64(x), a = m.abs(x64);
  Value threshold = buildSoftThreshold(m, a, radius);
  Value lowered = m.max(m.sub(a, threshold), m.constant(0));
  return roundLike(m, m.mul(m.sign(x64), lowered), x);
}

Value steepest::buildEuclideanProjection(FormulaBuilder &m, Value x,
                                         Value radius, Extent extent) {
  Value x64 = m.toF64(x);
  Value lengths = m.sqrt(m.sum(m.square(x64), extent));
  // radius / max(radius, length) is 1 inside.
  Value bounded = m.max(lengths, radius);
  Value factors =
      m.div(extent == Extent::Scalar ? radius : m.broadcast(radius, bounded),
            bounded);
  Value spread =
      extent == Extent::Scalar ? factors : m.broadcast(factors, x64, extent);
  return roundLike(m, m.mul(x64, spread), x);
}

Value steepest::buildPowerProjection(FormulaBuilder &m, Value x, Value radius,
                                     double p) {
  Value x64 = m.toF64(x);
  Value a = m.div(m.abs(x64), radius);
  Value nearest = buildUnitPowerBall(m, a, p);
  return roundLike(m, m.mul(m.mul(m.sign(x64), nearest), radius), x);
}

Value steepest::buildWeightedProjection(FormulaBuilder &m, Value x,
                                        Value weights, Value radius) {
  // y_i = x_i / (1 + c v_i), with c >= 0 such that N(y) = radius. As |y_i| <=
  // |x_i| / (c v_i), N(y) <= N*(x) / c: c is at most N*(x) / radius. Entries
  // without weight stay. 1 - radius / N(y) falls in c.
  Value x64 = m.toF64(x), v = m.toF64(weights);
  Value one = m.constant(1), zero = m.constant(0);
  // In units of the radius, and of the largest weight: c is a number.
  Value unit = positiveOrOne(m, m.maximum(v));
  Value weight = m.div(v, unit);
  Value reach = m.div(radius, m.sqrt(unit));
  Value a = m.div(x64, reach);
  auto shrunk = [&](FormulaBuilder &m, Value c) {
    return m.div(a, m.add(m.mul(weight, c), one));
  };
  auto norm = [&](FormulaBuilder &m, Value y) {
    return m.sqrt(m.sum(m.mul(weight, m.square(y))));
  };
  Value length = norm(m, a);
  Value isOutside = m.compare(arith::CmpFPredicate::OGT, length, one);
  Value dual = m.sqrt(m.sum(m.mul(a, m.divOrZero(a, weight))));
  Value c = buildDecreasingRoot(
      m, zero, m.select(isOutside, dual, zero),
      [&](FormulaBuilder &m, Value c) {
        return m.sub(one, m.divOrZero(one, norm(m, shrunk(m, c))));
      });
  return roundLike(
      m, keepInside(m, x64, length, one, m.mul(shrunk(m, c), reach)), x);
}

Value steepest::buildSpectralProjection(FormulaBuilder &m, Value x,
                                        Value radius) {
  Value nearest = buildShrunkSpectrum(m, x, [&](FormulaBuilder &m, Value s) {
    return m.div(m.broadcast(radius, s), m.max(s, radius));
  });
  return roundLike(m, nearest, x);
}

Value steepest::buildNuclearProjection(FormulaBuilder &m, Value x,
                                       Value radius) {
  Value nearest = buildShrunkSpectrum(m, x, [&](FormulaBuilder &m, Value s) {
    Value threshold = buildSoftThreshold(m, s, radius);
    Value lowered = m.max(m.sub(s, threshold), m.constant(0));
    // Zero is not shrunk.
    return m.div(lowered, positiveOrOne(m, s));
  });
  return roundLike(m, nearest, x);
}

Value steepest::buildSchattenProjection(FormulaBuilder &m, Value x,
                                        Value radius, double p) {
  Value nearest = buildShrunkSpectrum(m, x, [&](FormulaBuilder &m, Value s) {
    Value inside = buildUnitPowerBall(m, m.div(s, radius), p);
    return m.div(m.mul(inside, radius), positiveOrOne(m, s));
  });
  return roundLike(m, nearest, x);
}
