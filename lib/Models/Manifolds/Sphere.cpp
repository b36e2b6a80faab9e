//===- Sphere.cpp - vectors and matrices of one Euclidean norm ------------===//
//
// The normal at w is w itself: x is tangent when <w, x> = 0.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Manifolds/Manifolds.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

struct SphereModel
    : ManifoldModelAttrInterface::ExternalModel<SphereModel, SphereAttr> {
  static double getRadius(Attribute attr) {
    return cast<SphereAttr>(attr).getRadius();
  }

  /// x - w <w, x> / ||w||^2.
  Value buildProjection(Attribute, FormulaBuilder &m, Value w, Value x) const {
    Value share = m.divOrZero(m.dot(w, x), m.dot(w, w));
    return roundLike(m, m.sub(m.toF64(x), m.mul(m.toF64(w), share)), x);
  }

  /// |<w, x>| / ||w||: the component along the unit normal.
  Value buildTangency(Attribute, FormulaBuilder &m, Value w, Value x) const {
    return m.divOrZero(m.abs(m.dot(w, x)), m.frobenius(w));
  }

  Value buildDistance(Attribute attr, FormulaBuilder &m, Value w) const {
    Value relative = m.div(m.frobenius(w), m.constant(getRadius(attr)));
    return m.abs(m.sub(relative, m.constant(1)));
  }

  Value buildRetraction(Attribute attr, FormulaBuilder &m, StringRef name,
                        Value w, Value phi, Value rate) const {
    Value y = buildStep(m, w, phi, rate);
    Value radius = m.constant(getRadius(attr));
    if (name == "exact") {
      // ||w - rate phi||^2 = r^2 + rate^2 ||phi||^2 for tangent phi.
      Value turn = m.div(m.mul(m.toF64(rate), m.frobenius(phi)), radius);
      Value length = m.sqrt(m.add(m.constant(1), m.square(turn)));
      return roundLike(m, m.mul(y, m.div(m.constant(1), length)), w);
    }
    return roundLike(m, m.mul(y, m.divOrZero(radius, m.frobenius(y))), w);
  }

  Value buildNormal(Attribute, FormulaBuilder &, Value w) const { return w; }

  /// r w / ||w||, and (1, ..., 1) r / sqrt(count) for w = 0, from which all
  /// points are equally far.
  Value buildNearest(Attribute attr, FormulaBuilder &m, Value w) const {
    Value y = buildRescaled(m, w), length = m.frobenius(y);
    Value radius = m.constant(getRadius(attr));
    Value isZero = m.compare(arith::CmpFPredicate::OEQ, length, m.constant(0));
    Value scaled = m.mul(y, m.divOrZero(radius, length));
    Value even = m.divOrZero(radius, m.sqrt(m.count(w)));
    Value fallback = m.select(isZero, even, m.constant(0));
    return roundLike(m, m.add(scaled, fallback), w);
  }
};

} // namespace

void steepest::attachSphere(MLIRContext &context) {
  SphereAttr::attachInterface<SphereModel>(context);
}
