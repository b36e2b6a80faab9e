//===- KyFan.cpp - sums of the largest singular values --------------------===//
//
// A dual pair: the sum of the k largest singular values against
// max(s_1, (sum s_i) / k).
//
// The ball of the second is an intersection of two, hence the dual of the first
// is whichever bound is the larger, with its dualizer: U1 V1^T / multiplicity
// attains s_1, and msign(X) / k attains (sum s_i) / k; its Ky Fan norm is 1 as
// soon as the rank is k, which it is when that bound is the larger one.
//
// The dualizer of the second is U_k V_k^T. Where s_k = s_k+1 any k of the tied
// vectors would do; all of them get the same weight, with the sum that is left
// of k, so that the result depends on X alone and turns as X does.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Norms/Roots.h"
#include "lib/Models/Norms/SpectralFunctions.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Singular values this close, in units of the largest, are the same one.
static constexpr double tie = 1e-10;

static Value buildLargest(FormulaBuilder &m, Value values) {
  return m.max(m.maximum(values), m.constant(0));
}

/// Which of the singular values in ascending order are among the k largest.
static Value isTop(FormulaBuilder &m, Value ascending, unsigned k) {
  Value last = m.sub(m.count(ascending), m.constant(k));
  Value position = m.toF64(m.indices(matrix::IndexKind::Linear, ascending));
  return m.compare(CmpFPredicate::OGE, position, m.broadcast(last, ascending));
}

static Value buildTopSum(FormulaBuilder &m, Value ascending, unsigned k) {
  return m.sum(m.select(isTop(m, ascending, k), ascending, m.constant(0)));
}

/// The sum of the k largest singular values.
static Value buildTopNorm(FormulaBuilder &m, Value x, unsigned k) {
  Value values = m.singularValues(x); // descending
  Value position = m.indices(matrix::IndexKind::Linear, values);
  Value counts =
      m.compareInt(arith::CmpIPredicate::slt, position, m.integer(k));
  return m.sum(m.select(counts, values, m.constant(0)));
}

/// max(s_1, (sum s_i) / k).
static Value buildShareNorm(FormulaBuilder &m, Value x, unsigned k) {
  Value values = m.singularValues(x);
  Value share = m.mul(m.sum(values), m.constant(1.0 / k));
  return m.max(buildLargest(m, values), share);
}

static Dualized buildShareDualizer(FormulaBuilder &m, Value x, unsigned k,
                                   Attribute contract) {
  if (!contract)
    contract = matrix::BandAttr::getDefault(m.getBuilder().getContext());
  Value values = m.singularValues(x);
  Value largest = buildLargest(m, values);
  Value inverse = m.constant(1.0 / k);
  Value isOneEnough =
      m.compare(CmpFPredicate::OGE, largest, m.mul(m.sum(values), inverse));
  SmallVector<Value> results = m.branch(
      isOneEnough,
      [&](FormulaBuilder &m) -> SmallVector<Value> {
        Value sum = m.sum(buildUpperSpectrum(m, values));
        return {m.leading(x), m.mul(sum, inverse), m.constant(1)};
      },
      [&](FormulaBuilder &m) -> SmallVector<Value> {
        FormulaBuilder::Msign msign = m.msign(x, contract);
        return {m.mul(msign.result, inverse), m.mul(msign.nuclear, inverse),
                msign.spectral};
      });
  return {results[0], m.max(largest, results[1]), results[2]};
}

/// U_k V_k^T and the sum of the k largest singular values.
static Dualized buildTopDualizer(FormulaBuilder &m, Value x, unsigned k) {
  SpectralFunction top = buildSpectralFunction(
      m, x, [&](FormulaBuilder &m, Value s) -> SmallVector<Value> {
        Value zero = m.constant(0), one = m.constant(1);
        Value largest = buildLargest(m, s);
        Value infinity = m.constant(std::numeric_limits<double>::infinity());
        Value last = m.minimum(m.select(isTop(m, s, k), s, infinity));
        Value distance = m.sub(s, m.broadcast(last, s));
        Value near = m.broadcast(m.mul(largest, m.constant(tie)), s);
        Value isAbove = m.compare(CmpFPredicate::OGT, distance, near);
        Value isTied = m.compare(CmpFPredicate::OLE, m.abs(distance), near);
        Value left = m.sub(m.constant(k), m.sum(m.toF64(isAbove)));
        // Fewer than k in all have weight one.
        Value weight = m.min(m.divOrZero(left, m.sum(m.toF64(isTied))), one);
        Value weights = m.select(
            isAbove, one, m.select(isTied, m.broadcast(weight, s), zero));
        Value factors = m.mul(weights, inverseSignal(m, s));
        // The error of s^2 over that square, where it is the largest.
        Value least = m.mul(m.maximum(factors), largest);
        Value length = m.add(one, m.mul(m.square(m.max(least, zero)),
                                        m.constant(squareNoise / 16)));
        return {factors, buildTopSum(m, buildUpperSpectrum(m, s), k), length};
      });
  return {m.cast(top.matrix, getElementTypeOrSelf(x.getType())),
          m.mul(top.scalars[0], top.scale), top.scalars[1]};
}

//===----------------------------------------------------------------------===//
// Nearest points
//===----------------------------------------------------------------------===//

/// s - clip(s - t, 0, c) leaves of the sum of clips what t says. The largest t
/// in [0, max s] for which the clips still sum to `total`; 0 when they never
/// do.
static Value buildClipLevel(FormulaBuilder &m, Value s, Value width,
                            Value total) {
  Value zero = m.constant(0);
  auto sum = [&](FormulaBuilder &m, Value t) {
    Value above = m.max(m.sub(s, m.broadcast(t, s)), zero);
    return m.sum(m.min(above, m.broadcast(width, s)));
  };
  Value isEnough = m.compare(CmpFPredicate::OGT, sum(m, zero), total);
  Value high = m.select(isEnough, buildLargest(m, s), zero);
  Value unit = positiveOrOne(m, total);
  return buildDecreasingRoot(m, zero, high, [&](FormulaBuilder &m, Value t) {
    return m.div(m.sub(sum(m, t), total), unit);
  });
}

/// In the ball max(s_1, (sum s_i) / k) <= radius: clip(s - t, 0, radius).
static Value buildShareProjection(FormulaBuilder &m, Value s, Value radius,
                                  unsigned k) {
  Value t = buildClipLevel(m, s, radius, m.mul(radius, m.constant(k)));
  Value lowered = m.max(m.sub(s, m.broadcast(t, s)), m.constant(0));
  return m.min(lowered, m.broadcast(radius, s));
}

/// In the ball of the sum of the k largest: s minus c times a subgradient,
/// whose entries are in [0, 1] with the sum k, falling with s.
static Value buildTopProjection(FormulaBuilder &m, Value s, Value radius,
                                unsigned k) {
  Value zero = m.constant(0);
  auto lowered = [&](FormulaBuilder &m, Value c) {
    Value t = buildClipLevel(m, s, c, m.mul(c, m.constant(k)));
    Value above = m.max(m.sub(s, m.broadcast(t, s)), zero);
    return m.sub(s, m.min(above, m.broadcast(c, s)));
  };
  Value isOutside = m.compare(CmpFPredicate::OGT, buildTopSum(m, s, k), radius);
  // Nothing is left when c is the dual norm of s.
  Value dual = m.max(buildLargest(m, s), m.mul(m.sum(s), m.constant(1.0 / k)));
  Value c = buildDecreasingRoot(m, zero, m.select(isOutside, dual, zero),
                                [&](FormulaBuilder &m, Value c) {
                                  Value sum = buildTopSum(m, lowered(m, c), k);
                                  return m.div(m.sub(sum, radius), radius);
                                });
  return m.select(m.broadcast(isOutside, s), lowered(m, c), s);
}

static Value project(FormulaBuilder &m, Value x, Value radius, unsigned k,
                     Value (*nearest)(FormulaBuilder &, Value, Value,
                                      unsigned)) {
  Value moved = buildShrunkSpectrum(m, x, [&](FormulaBuilder &m, Value s) {
    return m.div(nearest(m, s, radius, k), positiveOrOne(m, s));
  });
  return m.cast(moved, getElementTypeOrSelf(x.getType()));
}

namespace {

struct KyFanModel
    : NormModelAttrInterface::ExternalModel<KyFanModel, KyFanAttr> {
  static unsigned rank(Attribute attr) { return cast<KyFanAttr>(attr).getK(); }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange) const {
    return buildTopNorm(m, x, rank(attr));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return buildShareNorm(m, x, rank(attr));
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute contract) const {
    return buildShareDualizer(m, x, rank(attr), contract);
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return buildTopDualizer(m, x, rank(attr)).phi;
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange, Value radius) const {
    return project(m, x, radius, rank(attr), buildTopProjection);
  }
};

struct KyFanDualModel
    : NormModelAttrInterface::ExternalModel<KyFanDualModel, KyFanDualAttr> {
  static unsigned rank(Attribute attr) {
    return cast<KyFanDualAttr>(attr).getK();
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange) const {
    return buildShareNorm(m, x, rank(attr));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return buildTopNorm(m, x, rank(attr));
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    return buildTopDualizer(m, x, rank(attr));
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    auto exact = matrix::ExactAttr::get(attr.getContext());
    return buildShareDualizer(m, x, rank(attr), exact).phi;
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange, Value radius) const {
    return project(m, x, radius, rank(attr), buildShareProjection);
  }
};

} // namespace

void steepest::attachKyFanNorms(MLIRContext &context) {
  KyFanAttr::attachInterface<KyFanModel>(context);
  KyFanDualAttr::attachInterface<KyFanDualModel>(context);
}
