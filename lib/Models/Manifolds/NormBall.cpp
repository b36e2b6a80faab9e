//===- NormBall.cpp - points of bounded norm ------------------------------===//
//
// Inside, every direction is tangent. On the boundary the step -rate Phi must
// not lengthen w: <V, Phi> >= 0 for every subgradient V of the norm at w. What
// these conditions are depends on the norm:
//
//   differentiable       one, with the gradient;
//   largest column, row  one for each that is as long as the radius;
//   largest entry        one for each entry that is as large: a box;
//   spectral             <U S V^T, Phi> >= 0 for all S >= 0 over the singular
//                        vectors U, V of the singular values that are as large,
//                        which is sym(U^T Phi V) >= 0: a linear matrix
//                        inequality.
//
// A point is on the boundary, and a column, entry or singular value one of the
// largest, up to the relative tolerance `boundary`: clipping leaves them there
// up to rounding, and a step that starts a little inside must not leave the
// ball by more than it starts inside.
//
// The conditions are independent (those of columns, rows and entries have
// disjoint supports), so the nearest tangent Phi drops what violates each.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"
#include "lib/Models/Norms/Norms.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::Extent;
using matrix::FormulaBuilder;

static constexpr double boundary = 1e-4;

/// Where `value` is `largest` up to the tolerance, as 0 or 1.
static Value isLargest(FormulaBuilder &m, Value value, Value largest) {
  Value least = m.mul(largest, m.constant(1 - boundary));
  return m.cast(m.compare(CmpFPredicate::OGE, value, least), m.f64());
}

namespace {

/// The ball at a point: all its formulas, in float64.
class Ball {
public:
  Ball(Attribute attr, FormulaBuilder &m, Value w)
      : m(m), w(m.toF64(w)), ball(cast<NormBallAttr>(attr)),
        model(getSimplestModel(m, ball.getNorm(), w)),
        facts(cast<NormAttrInterface>(ball.getNorm()).getNormFacts()) {}

  /// False after a diagnostic.
  explicit operator bool() const { return bool(model); }

  Value getRadius() { return m.constant(ball.getRadius()); }
  Value buildNorm(Value x) { return model.buildNorm(m, x, {}); }
  Value project(Value x);
  Value violation(Value x);
  /// The normals, where there is one for each problem.
  Value normals();
  Value clip(Value x);
  Value shrink(Value x);

private:
  Extent extent() const {
    return facts.euclideanColumns ? Extent::Column
           : facts.euclideanRows  ? Extent::Row
                                  : Extent::Scalar;
  }
  Value isOnBoundary() { return isLargest(m, buildNorm(w), getRadius()); }
  /// sym(V U^T x V V^T) over the largest singular values, and U V^T.
  struct Block {
    Value inner, isometry;
  };
  Block block(FormulaBuilder &m, Value x, Value isOn, bool tall);
  Value projectSpectral(Value x);
  Value violationSpectral(Value x);

  FormulaBuilder &m;
  Value w;
  NormBallAttr ball;
  NormModelAttrInterface model;
  NormFacts facts;
};

} // namespace

Value Ball::normals() {
  Value isOn = isOnBoundary();
  if (facts.isEntrywiseMaximum())
    return m.mul(m.mul(m.sign(w), isLargest(m, m.abs(w), m.maxAbs(w))), isOn);
  if (extent() == Extent::Scalar) {
    Value gradient = model.buildGradient(m, w, {});
    return gradient ? m.mul(gradient, isOn) : Value();
  }
  Value lengths = m.sqrt(m.sum(m.square(w), extent()));
  Value isLongest = m.mul(isLargest(m, lengths, m.maximum(lengths)), isOn);
  Value scales = m.mul(inverseOrZero(m, lengths), isLongest);
  return m.mul(w, m.broadcast(scales, w, extent()));
}

Value Ball::project(Value x) {
  if (facts.isSpectralMaximum())
    return projectSpectral(x);
  Value v = normals();
  if (!v)
    return {};
  // x - V min(0, <V, x>) / <V, V>, for each condition.
  Value product = m.mul(v, x), square = m.square(v), zero = m.constant(0);
  if (facts.isEntrywiseMaximum())
    return m.sub(x, m.mul(v, m.min(product, zero)));
  Value share = m.divOrZero(m.min(m.sum(product, extent()), zero),
                            m.sum(square, extent()));
  return m.sub(x, m.mul(v, m.broadcast(share, x, extent())));
}

Value Ball::violation(Value x) {
  if (facts.isSpectralMaximum())
    return violationSpectral(x);
  Value v = normals();
  if (!v)
    return {};
  Value product = m.mul(v, x), zero = m.constant(0);
  if (facts.isEntrywiseMaximum())
    return m.max(m.neg(m.minimum(product)), zero);
  Value inward = m.divOrZero(m.sum(product, extent()),
                             m.sqrt(m.sum(m.square(v), extent())));
  Value worst = extent() == Extent::Scalar ? inward : m.minimum(inward);
  return m.max(m.neg(worst), zero);
}

Ball::Block Ball::block(FormulaBuilder &m, Value x, Value isOn, bool tall) {
  FormulaBuilder::Eigh eigh = m.eigh(tall ? m.gram(w) : m.outerGram(w));
  m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
  Value values = m.sqrt(m.max(eigh.values, m.constant(0)));
  Value top = m.mul(isLargest(m, values, m.maximum(values)), isOn);
  // Rows of Q are eigenvectors: Q^T diag(f) Q.
  auto function = [&](Value f) {
    FormulaBuilder::ProductOptions options;
    options.transposeLhs = options.symmetric = true;
    return m.product(eigh.vectors,
                     m.mul(eigh.vectors, m.alongRows(f, eigh.vectors)),
                     options);
  };
  Value inverse = function(m.mul(top, inverseOrZero(m, values)));
  Value projector = function(top);
  Value isometry = tall ? m.product(w, inverse) : m.product(inverse, w);
  Value inner = tall ? m.product(m.productTN(isometry, x), projector)
                     : m.product(projector, m.productNT(x, isometry));
  return {m.sym(inner), isometry};
}

/// x - U V^T N, N the negative part of sym(V U^T x V V^T).
Value Ball::projectSpectral(Value x) {
  Value isOn = isOnBoundary();
  return m.byOrientation(
      w, [&](FormulaBuilder &m, bool tall) -> SmallVector<Value> {
        Block top = block(m, x, isOn, tall);
        FormulaBuilder::Eigh eigh = m.eigh(top.inner);
        m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
        Value negative = m.min(eigh.values, m.constant(0));
        FormulaBuilder::ProductOptions options;
        options.transposeLhs = options.symmetric = true;
        Value part = m.product(
            eigh.vectors,
            m.mul(eigh.vectors, m.alongRows(negative, eigh.vectors)), options);
        Value normal = tall ? m.product(top.isometry, part)
                            : m.product(part, top.isometry);
        return {m.sub(x, normal)};
      })[0];
}

/// How far the least eigenvalue of sym(U^T x V) is below zero.
Value Ball::violationSpectral(Value x) {
  Value isOn = isOnBoundary();
  return m.byOrientation(
      w, [&](FormulaBuilder &m, bool tall) -> SmallVector<Value> {
        auto [values, converged] = m.eigenvalues(block(m, x, isOn, tall).inner);
        m.require(converged, STEEPEST_NO_CONVERGENCE);
        return {m.max(m.neg(m.minimum(values)), m.constant(0))};
      })[0];
}

Value Ball::shrink(Value x) {
  Value scale = m.min(m.divOrZero(getRadius(), buildNorm(x)), m.constant(1));
  return m.mul(x, scale);
}

Value Ball::clip(Value x) {
  Value nearest = model.buildBallProjection(m, x, {}, getRadius());
  return nearest ? nearest : shrink(x);
}

namespace {

struct NormBallModel
    : ManifoldModelAttrInterface::ExternalModel<NormBallModel, NormBallAttr> {
  static Value rounded(FormulaBuilder &m, Value result, Value like) {
    return result ? roundLike(m, result, like) : Value();
  }

  Value buildProjection(Attribute attr, FormulaBuilder &m, Value w,
                        Value x) const {
    Ball ball(attr, m, w);
    return ball ? rounded(m, ball.project(m.toF64(x)), x) : Value();
  }
  Value buildTangency(Attribute attr, FormulaBuilder &m, Value w,
                      Value x) const {
    Ball ball(attr, m, w);
    return ball ? ball.violation(m.toF64(x)) : Value();
  }
  Value buildDistance(Attribute attr, FormulaBuilder &m, Value w) const {
    Ball ball(attr, m, w);
    if (!ball)
      return {};
    Value relative = m.div(ball.buildNorm(m.toF64(w)), ball.getRadius());
    return m.max(m.sub(relative, m.constant(1)), m.constant(0));
  }
  /// `clip`: the nearest point; `radial`: along the point itself.
  Value buildRetraction(Attribute attr, FormulaBuilder &m, StringRef name,
                        Value w, Value phi, Value rate) const {
    Ball ball(attr, m, w);
    if (!ball)
      return {};
    Value y = buildStep(m, w, phi, rate);
    return roundLike(m, name == "clip" ? ball.clip(y) : ball.shrink(y), w);
  }
  Value buildNormal(Attribute attr, FormulaBuilder &m, Value w) const {
    Ball ball(attr, m, w);
    if (!ball || !cast<NormBallAttr>(attr).getManifoldFacts().oneNormal)
      return {};
    return rounded(m, ball.normals(), w);
  }
  Value buildNearest(Attribute attr, FormulaBuilder &m, Value w) const {
    Ball ball(attr, m, w);
    return ball ? rounded(m, ball.clip(m.toF64(w)), w) : Value();
  }
};

} // namespace

void steepest::attachNormBall(MLIRContext &context) {
  NormBallAttr::attachInterface<NormBallModel>(context);
}
