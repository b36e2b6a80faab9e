//===- SmoothedSpectral.cpp - the norm of soft orthogonalisation ----------===//
//
// The dual norm, with c = e^2 / k, k = min(rows, cols) and singular values s:
//
//   M(s) = sum q_i,   q_i = sqrt(s_i^2 + c |s|^2),
//
// the nuclear norm with every singular value smoothed relative to the root mean
// square of all. Its gradient, the dualizer, has the singular values
//
//   s_i (1 / q_i + c sum_j 1 / q_j):
//
// X (X^T X + ...)^(-1/2) of soft orthogonalisation and a multiple of X. Small
// singular values go to small ones, so that nothing of the noise is blown up.
//
// The norm N(y) = max <y, x> / M(x) has no formula. At the maximum with |x| = 1
// y is N times the gradient of M; in terms of T = x / sqrt(c), which are
// tangents of angles,
//
//   y_i / N = T_i / sqrt(1 + T_i^2) + b T_i,
//   sum T_i^2 = 1 / c,   b = c sum_j 1 / sqrt(1 + T_j^2).
//
// T is increasing in y / N for given b, hence the second equation has one root
// N(b). The larger b, the less T is concentrated on the largest y, while its
// length is given; the sum of the third, convex in T^2, falls with that: one
// root b, which lies in [c k / sqrt(1 + 1/c), c k]. So three loops, one inside
// the other, of short vectors. Whatever they leave open, V = T / M(T) has M(V)
// = 1 and <y, V> <= N(y), with equality up to the square of what is open.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Loop.h"
#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Norms/Roots.h"
#include "lib/Models/Norms/SpectralFunctions.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// What the root leaves open of an equation in units of one.
static constexpr double tolerance = 1e-13;
/// Newton's method for T: a factor of 1.5 at least until it converges
/// quadratically.
static constexpr double mostNewtonSteps = 100;

/// e^2 / k for singular values s.
static Value buildShare(FormulaBuilder &m, Value s, double smoothing) {
  Value count = m.max(m.count(s), m.constant(1));
  return m.div(m.constant(smoothing * smoothing), count);
}

/// sqrt(s_i^2 + c |s|^2).
static Value buildSmoothed(FormulaBuilder &m, Value s, Value c) {
  Value squares = m.square(s);
  return m.sqrt(m.add(squares, m.mul(m.sum(squares), c)));
}

/// T with T / sqrt(1 + T^2) + b T = y: increasing and concave in T, so that
/// Newton's method rises from below. As sine <= tangent and sine <= 1, y / (1 +
/// b) and (y - 1) / b are below.
static Value buildTangents(FormulaBuilder &m, Value y, Value b) {
  Value one = m.constant(1);
  Value start = m.max(m.div(y, m.add(b, one)), m.div(m.sub(y, one), b));
  return buildLoop(
      m, {start, one, m.constant(0)},
      [&](FormulaBuilder &m, ValueRange state) {
        return m.logicalAnd(
            m.compare(CmpFPredicate::OGT, state[1], m.constant(1e-15)),
            m.compare(CmpFPredicate::OLT, state[2],
                      m.constant(mostNewtonSteps)));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value t = state[0];
        Value cosine = m.div(one, m.sqrt(m.add(m.square(t), one)));
        Value missing = m.sub(y, m.mul(t, m.add(cosine, b)));
        Value slope = m.add(m.mul(m.square(cosine), cosine), b);
        Value next = m.max(m.add(t, m.div(missing, slope)), t);
        Value change = m.maximum(m.divOrZero(m.sub(next, t), next));
        return {next, change, m.add(state[2], m.constant(1))};
      })[0];
}

/// T(v y) for the v = 1 / N at which it has the length `length`. T, the inverse
/// of a concave function, is convex in v, and so is its length: Newton's method
/// falls from above, from |T| >= v |y| / (1 + b).
static Value buildTangentsOfLength(FormulaBuilder &m, Value y, Value b,
                                   Value length) {
  Value one = m.constant(1);
  auto tangents = [&](FormulaBuilder &m, Value v) {
    return buildTangents(m, m.mul(y, v), b);
  };
  Value size = positiveOrOne(m, m.sqrt(m.sum(m.square(y))));
  Value start = m.div(m.mul(length, m.add(b, one)), size);
  Values result = buildLoop(
      m, {start, m.mul(start, m.constant(2)), m.constant(0)},
      [&](FormulaBuilder &m, ValueRange state) {
        Value isFalling = m.compare(CmpFPredicate::OLT, state[0],
                                    m.mul(state[1], m.constant(1 - 1e-15)));
        return m.logicalAnd(isFalling, m.compare(CmpFPredicate::OLT, state[2],
                                                 m.constant(mostNewtonSteps)));
      },
      [&](FormulaBuilder &m, ValueRange state) -> Values {
        Value v = state[0], t = tangents(m, v);
        Value cosine = m.div(one, m.sqrt(m.add(m.square(t), one)));
        Value slopes = m.div(y, m.add(m.mul(m.square(cosine), cosine), b));
        Value size = positiveOrOne(m, m.sqrt(m.sum(m.square(t))));
        Value slope = m.div(m.dot(t, slopes), size);
        Value step = m.divOrZero(m.sub(size, length), slope);
        return {m.sub(v, m.max(step, m.constant(0))), v,
                m.add(state[2], m.constant(1))};
      });
  return tangents(m, result[0]);
}

/// The subgradient V of the norm at singular values s >= 0.
static Value buildSubgradient(FormulaBuilder &m, Value s, double smoothing) {
  Value one = m.constant(1);
  Value largest = m.max(m.maximum(s), m.constant(0));
  Value y = m.div(s, positiveOrOne(m, largest));
  Value c = buildShare(m, s, smoothing);
  Value length = m.div(one, m.sqrt(c));
  Value high = m.mul(c, m.max(m.count(s), one));
  Value low = m.div(high, m.sqrt(m.add(m.div(one, c), one)));
  Value b = buildDecreasingRoot(
      m, m.mul(low, m.constant(1 - 1e-12)), m.mul(high, m.constant(1 + 1e-12)),
      [&](FormulaBuilder &m, Value b) {
        Value t = buildTangentsOfLength(m, y, b, length);
        Value cosines = m.div(one, m.sqrt(m.add(m.square(t), one)));
        return m.sub(m.div(m.mul(m.sum(cosines), c), b), one);
      },
      tolerance);
  Value t = buildTangentsOfLength(m, y, b, length);
  return m.mul(t, inverseOrZero(m, m.sum(buildSmoothed(m, t, c))));
}

namespace {

struct SmoothedSpectralModel
    : NormModelAttrInterface::ExternalModel<SmoothedSpectralModel,
                                            SmoothedSpectralAttr> {
  static double smoothingOf(Attribute attr) {
    return cast<SmoothedSpectralAttr>(attr).getSmoothing();
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange) const {
    Value s = m.singularValues(x);
    // Nothing is searched for X = 0.
    Value isNonzero = m.compare(
        CmpFPredicate::OGT, m.max(m.maximum(s), m.constant(0)), m.constant(0));
    return m
        .branch(
            isNonzero,
            [&](FormulaBuilder &m) -> SmallVector<Value> {
              return {m.dot(s, buildSubgradient(m, s, smoothingOf(attr)))};
            },
            [&](FormulaBuilder &m) -> SmallVector<Value> {
              return {m.constant(0)};
            })
        .front();
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    Value s = m.singularValues(x);
    return m.sum(buildSmoothed(m, s, buildShare(m, s, smoothingOf(attr))));
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    SpectralFunction soft = buildSpectralFunction(
        m, x, [&](FormulaBuilder &m, Value s) -> SmallVector<Value> {
          Value c = buildShare(m, s, smoothingOf(attr));
          Value inverses = inverseOrZero(m, buildSmoothed(m, s, c));
          Value factors = m.add(inverses, m.mul(m.sum(inverses), c));
          Value upper = buildUpperSpectrum(m, s);
          return {factors, m.sum(buildSmoothed(m, upper, c))};
        });
    return {m.cast(soft.matrix, getElementTypeOrSelf(x.getType())),
            m.mul(soft.scalars[0], soft.scale), m.constant(1)};
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    SpectralFunction gradient = buildSpectralFunction(
        m, x, [&](FormulaBuilder &m, Value s) -> SmallVector<Value> {
          Value v = buildSubgradient(m, s, smoothingOf(attr));
          return {m.div(v, positiveOrOne(m, s))};
        });
    return m.cast(gradient.matrix, getElementTypeOrSelf(x.getType()));
  }
};

} // namespace

void steepest::attachSmoothedSpectralNorm(MLIRContext &context) {
  SmoothedSpectralAttr::attachInterface<SmoothedSpectralModel>(context);
}
