//===- NormSphere.cpp - points of one norm, any norm ----------------------===//
//
// The normal at w is the gradient V of the norm, <V, w> = ||w||: x is tangent
// when <V, x> = 0. Where the norm has several subgradients V is the one that
// the norm builds (`buildGradient`). Moving along w reaches every radius.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

struct NormSphereModel
    : ManifoldModelAttrInterface::ExternalModel<NormSphereModel,
                                                NormSphereAttr> {
  static Value getRadius(Attribute attr, FormulaBuilder &m) {
    return m.constant(cast<NormSphereAttr>(attr).getRadius());
  }
  static NormModelAttrInterface getNorm(Attribute attr, FormulaBuilder &m,
                                        Value x) {
    return getSimplestModel(m, cast<NormSphereAttr>(attr).getNorm(), x);
  }
  /// V at w in float64.
  static Value buildGradient(Attribute attr, FormulaBuilder &m, Value w) {
    NormModelAttrInterface norm = getNorm(attr, m, w);
    return norm ? norm.buildGradient(m, m.toF64(w), {}) : Value();
  }
  /// w brought to the radius along itself; 0 stays.
  static Value buildRadial(Attribute attr, FormulaBuilder &m, Value y,
                           Value like) {
    NormModelAttrInterface norm = getNorm(attr, m, y);
    if (!norm)
      return {};
    Value scale = m.divOrZero(getRadius(attr, m), norm.buildNorm(m, y, {}));
    return roundLike(m, m.mul(y, scale), like);
  }

  /// x - V <V, x> / <V, V>.
  Value buildProjection(Attribute attr, FormulaBuilder &m, Value w,
                        Value x) const {
    Value v = buildGradient(attr, m, w);
    if (!v)
      return {};
    Value share = m.divOrZero(m.dot(v, x), m.dot(v, v));
    return roundLike(m, m.sub(m.toF64(x), m.mul(v, share)), x);
  }

  /// |<V, x>| / ||V||_F: the component along the unit normal.
  Value buildTangency(Attribute attr, FormulaBuilder &m, Value w,
                      Value x) const {
    Value v = buildGradient(attr, m, w);
    if (!v)
      return {};
    return m.divOrZero(m.abs(m.dot(v, x)), m.frobenius(v));
  }

  Value buildDistance(Attribute attr, FormulaBuilder &m, Value w) const {
    NormModelAttrInterface norm = getNorm(attr, m, w);
    if (!norm)
      return {};
    Value relative =
        m.div(norm.buildNorm(m, m.toF64(w), {}), getRadius(attr, m));
    return m.abs(m.sub(relative, m.constant(1)));
  }

  Value buildRetraction(Attribute attr, FormulaBuilder &m, StringRef, Value w,
                        Value phi, Value rate) const {
    return buildRadial(attr, m, buildStep(m, w, phi, rate), w);
  }

  Value buildNormal(Attribute attr, FormulaBuilder &m, Value w) const {
    Value v = buildGradient(attr, m, w);
    return v ? roundLike(m, v, w) : Value();
  }

  /// Radial, which is nearest for Euclidean norms; (1, ..., 1) scaled for w =
  /// 0.
  Value buildNearest(Attribute attr, FormulaBuilder &m, Value w) const {
    Value isZero = m.compare(arith::CmpFPredicate::OEQ, m.toF64(m.maxAbs(w)),
                             m.constant(0));
    return buildRadial(attr, m, m.add(m.toF64(w), m.cast(isZero, m.f64())), w);
  }
};

} // namespace

void steepest::attachNormSphere(MLIRContext &context) {
  NormSphereAttr::attachInterface<NormSphereModel>(context);
}
