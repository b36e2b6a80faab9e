//===- Intersections.cpp - bounded magnitudes of bounded length -----------===//
//
// The larger of the largest magnitude and the Euclidean norm / r: of entries
// (linf_l2), or of singular values (spectral_frobenius). The unit ball is the
// intersection of the two balls, and the dualizer clips (Clip.h): U min(1, s /
// t) V^T is spectral clipping, a sign for what is larger than t and linear
// below.
//
// In the family of spectral functions that optimizers have been given, this one
// is clipping; a power s^(q-1) is `schatten`, soft clipping s / sqrt(s^2 + e^2)
// is `smoothed_spectral`, the sign itself `spectral`.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Clip.h"
#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Norms/Roots.h"
#include "lib/Models/Norms/SpectralFunctions.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// The singular values above noise, and 0 for the others.
static Value buildSignal(FormulaBuilder &m, Value s) {
  Value noise = m.mul(m.maximum(s), m.constant(spectralNoise));
  Value isSignal = m.compare(CmpFPredicate::OGT, s, m.broadcast(noise, s));
  return m.select(isSignal, s, m.constant(0));
}

namespace {

struct SpectralFrobeniusModel
    : NormModelAttrInterface::ExternalModel<SpectralFrobeniusModel,
                                            SpectralFrobeniusAttr> {
  static double radiusOf(Attribute attr) {
    return cast<SpectralFrobeniusAttr>(attr).getRadius();
  }
  static Clip clip(Attribute attr, FormulaBuilder &m, Value x) {
    return Clip(m, m.singularValues(x), radiusOf(attr));
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange) const {
    Value largest = m.max(m.maximum(m.singularValues(x)), m.constant(0));
    return m.max(largest,
                 m.mul(m.frobenius(x), m.constant(1 / radiusOf(attr))));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return clip(attr, m, x).dual(m);
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    double radius = radiusOf(attr);
    SpectralFunction clipped = buildSpectralFunction(
        m, x, [&](FormulaBuilder &m, Value s) -> SmallVector<Value> {
          Value signal = buildSignal(m, s);
          Clip clip(m, signal, radius);
          Value isSignal = m.compare(CmpFPredicate::OGT, signal, m.constant(0));
          Value factors = m.select(isSignal, clip.factors(m), m.constant(0));
          // What the squares hide, where they are divided by t^2.
          Value excess =
              m.mul(clip.spanSquared(m), m.constant(squareNoise / 16));
          return {factors, clip.bound(m, buildUpperSpectrum(m, s)),
                  m.add(m.constant(1), excess)};
        });
    return {m.cast(clipped.matrix, getElementTypeOrSelf(x.getType())),
            m.mul(clipped.scalars[0], clipped.scale), clipped.scalars[1]};
  }
  /// That of the larger of the two norms.
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    double radius = radiusOf(attr);
    Value length = m.frobenius(x);
    Value largest = m.max(m.maximum(m.singularValues(x)), m.constant(0));
    Value isLargest = m.compare(CmpFPredicate::OGE, largest,
                                m.mul(length, m.constant(1 / radius)));
    return m
        .branch(
            isLargest,
            [&](FormulaBuilder &m) -> SmallVector<Value> {
              return {m.leading(x)};
            },
            [&](FormulaBuilder &m) -> SmallVector<Value> {
              Value factor =
                  m.mul(inverseOrZero(m, length), m.constant(1 / radius));
              return {m.cast(m.mul(m.toF64(x), factor),
                             getElementTypeOrSelf(x.getType()))};
            })
        .front();
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange, Value limit) const {
    double radius = radiusOf(attr);
    Value moved = buildShrunkSpectrum(m, x, [&](FormulaBuilder &m, Value s) {
      Value nearest = Clip(m, s, radius).nearest(m, limit);
      return m.div(nearest, positiveOrOne(m, s));
    });
    return m.cast(moved, getElementTypeOrSelf(x.getType()));
  }
};

struct LinfL2Model
    : NormModelAttrInterface::ExternalModel<LinfL2Model, LinfL2Attr> {
  static double radiusOf(Attribute attr) {
    return cast<LinfL2Attr>(attr).getRadius();
  }
  static Clip clip(Attribute attr, FormulaBuilder &m, Value x) {
    return Clip(m, m.abs(m.toF64(x)), radiusOf(attr));
  }
  /// With the signs and the type of x.
  static Value signedLike(FormulaBuilder &m, Value magnitudes, Value x) {
    return m.cast(m.mul(m.sign(m.toF64(x)), magnitudes),
                  getElementTypeOrSelf(x.getType()));
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange) const {
    Value largest = m.max(m.toF64(m.maxAbs(x)), m.constant(0));
    return m.max(largest,
                 m.mul(m.frobenius(x), m.constant(1 / radiusOf(attr))));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    return clip(attr, m, x).dual(m);
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    Clip clipped = clip(attr, m, x);
    return {signedLike(m, clipped.clipped(m), x),
            clipped.bound(m, m.abs(m.toF64(x))), m.constant(1),
            /*attained=*/true};
  }
  /// That of the larger of the two norms.
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange) const {
    Value length = m.frobenius(x), inverse = m.constant(1 / radiusOf(attr));
    Value largest = m.toF64(m.maxAbs(x));
    Value isLargest =
        m.compare(CmpFPredicate::OGE, largest, m.mul(length, inverse));
    Value chosen = m.compareInt(arith::CmpIPredicate::eq,
                                m.indices(matrix::IndexKind::Linear, x),
                                m.argmax(m.abs(x)));
    Value wide = m.toF64(x);
    Value entry = m.select(chosen, m.sign(wide), m.constant(0));
    Value whole = m.mul(wide, m.mul(inverseOrZero(m, length), inverse));
    return m.cast(m.select(m.broadcast(isLargest, wide), entry, whole),
                  getElementTypeOrSelf(x.getType()));
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange, Value limit) const {
    return signedLike(m, clip(attr, m, x).nearest(m, limit), x);
  }
};

} // namespace

void steepest::attachIntersectionNorms(MLIRContext &context) {
  LinfL2Attr::attachInterface<LinfL2Model>(context);
  SpectralFrobeniusAttr::attachInterface<SpectralFrobeniusModel>(context);
}
