//===- Scaled.cpp - norms that are another norm up to a factor ------------===//
//
// N(X) / r has the dual r N*(X), the dualizer r D(X) and the gradient of N over
// r. l2, rms and the
// operator norm between rms norms are written by their canonical form.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

Value steepest::buildRadius(FormulaBuilder &m, ScaledAttr norm, Value x) {
  bool isVector = cast<RankedTensorType>(x.getType()).getRank() == 1;
  Value rows = isVector ? m.constant(1) : m.toFloat(m.rows(x));
  Value cols = m.toFloat(m.extent(x, isVector ? 0 : 1));
  Value radius = m.constant(norm.getRadius());
  auto multiply = [&](Value size, double exponent) {
    if (exponent != 0)
      radius = m.mul(radius, m.pow(size, exponent));
  };
  multiply(rows, norm.getRows());
  multiply(cols, norm.getCols());
  multiply(m.max(rows, cols), norm.getMax());
  multiply(m.min(rows, cols), norm.getMin());
  return radius;
}

namespace {

struct ScaledModel
    : NormModelAttrInterface::ExternalModel<ScaledModel, ScaledAttr> {
  static NormModelAttrInterface getInner(Attribute attr, FormulaBuilder &m) {
    return getNormModel(m, cast<ScaledAttr>(attr).getNorm());
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    NormModelAttrInterface inner = getInner(attr, m);
    if (!inner)
      return {};
    return m.div(inner.buildNorm(m, x, operands),
                 buildRadius(m, cast<ScaledAttr>(attr), x));
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    NormModelAttrInterface inner = getInner(attr, m);
    if (!inner)
      return {};
    return m.mul(inner.buildDualNorm(m, x, operands),
                 buildRadius(m, cast<ScaledAttr>(attr), x));
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    NormModelAttrInterface inner = getInner(attr, m);
    if (!inner)
      return {};
    Dualized unit = inner.buildDualizer(m, x, operands, contract);
    if (!unit.phi)
      return {};
    Value radius = buildRadius(m, cast<ScaledAttr>(attr), x);
    return {m.mul(unit.phi, radius), m.mul(unit.dual, radius), unit.length,
            unit.attained,
            unit.penalty ? m.mul(unit.penalty, m.square(radius)) : Value()};
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    NormModelAttrInterface inner = getInner(attr, m);
    Value unit = inner ? inner.buildGradient(m, x, operands) : Value();
    if (!unit)
      return {};
    return m.mul(unit,
                 inverseOrZero(m, buildRadius(m, cast<ScaledAttr>(attr), x)));
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    NormModelAttrInterface inner = getInner(attr, m);
    if (!inner)
      return {};
    Value unit = buildRadius(m, cast<ScaledAttr>(attr), x);
    return inner.buildBallProjection(m, x, operands, m.mul(radius, unit));
  }
};

/// A norm that always equals a canonical one.
template <typename Attr>
struct RenamedModel
    : NormModelAttrInterface::ExternalModel<RenamedModel<Attr>, Attr> {
  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    return getCanonicalModel(m, attr, x).buildNorm(m, x, operands);
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    return getCanonicalModel(m, attr, x).buildDualNorm(m, x, operands);
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    return getCanonicalModel(m, attr, x)
        .buildDualizer(m, x, operands, contract);
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    return getCanonicalModel(m, attr, x).buildGradient(m, x, operands);
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    return getCanonicalModel(m, attr, x)
        .buildBallProjection(m, x, operands, radius);
  }
};

} // namespace

void steepest::attachScaledNorms(MLIRContext &context) {
  L2Attr::attachInterface<RenamedModel<L2Attr>>(context);
  OperatorAttr::attachInterface<RenamedModel<OperatorAttr>>(context);
  RmsAttr::attachInterface<RenamedModel<RmsAttr>>(context);
  RmsToRmsAttr::attachInterface<RenamedModel<RmsToRmsAttr>>(context);
  ScaledAttr::attachInterface<ScaledModel>(context);
}
