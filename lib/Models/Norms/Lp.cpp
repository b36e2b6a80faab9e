//===- Lp.cpp - (sum |x_i|^p)^(1/p) ---------------------------------------===//
//
// With t = |x| / max|x| in [0, 1] and 1/p + 1/q = 1:
//
//   dual       ||x||_q = max|x| (sum t^q)^(1/q)
//   dualizer   sign(x) |x|^(q-1) / ||x||_q^(q-1) = sign(x) t^(q-1) S^(-1/p),
//              S = sum t^q,
//
// because (q-1)/q = 1/p. The gradient of the norm is the same formula with p
// and q exchanged. Powers of numbers in [0, 1] do not overflow, and those that
// vanish are negligible beside the largest, which is 1. For p near 1 the
// exponent q-1 = 1/(p-1) is large and t^(q-1) = exp((q-1) log t) tends to the
// indicator of the largest entries, as it should.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

/// |x| divided by its largest entry.
struct Normalized {
  Value largest, t;

  Normalized(FormulaBuilder &m, Value x)
      : largest(m.max(m.toF64(m.maxAbs(x)), m.constant(0))),
        t(m.div(m.abs(m.toF64(x)), positiveOrOne(m, largest))) {}
};

struct LpModel : NormModelAttrInterface::ExternalModel<LpModel, LpAttr> {
  static Value buildPowerNorm(FormulaBuilder &m, Value x, double p) {
    Normalized n(m, x);
    return m.mul(n.largest, m.pow(m.sum(buildPower(m, n.t, p)), 1 / p));
  }

  static Dualized buildPowerDualizer(FormulaBuilder &m, Value x, double p) {
    Normalized n(m, x);
    Value power = buildPower(m, n.t, 1 / (p - 1));
    Value sum = m.sum(m.mul(power, n.t));
    Value scale = inverseOrZero(m, m.pow(sum, 1 / p));
    Value phi = m.mul(m.mul(m.sign(m.toF64(x)), power), scale);
    return {m.cast(phi, getElementTypeOrSelf(x.getType())),
            m.mul(n.largest, m.pow(sum, (p - 1) / p)), m.constant(1),
            /*attained=*/true};
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildNorm(m, x, operands);
    return buildPowerNorm(m, x, cast<LpAttr>(attr).getP());
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualNorm(m, x, operands);
    double p = cast<LpAttr>(attr).getP();
    return buildPowerNorm(m, x, p / (p - 1));
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualizer(m, x, operands, contract);
    return buildPowerDualizer(m, x, cast<LpAttr>(attr).getP());
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildGradient(m, x, operands);
    double p = cast<LpAttr>(attr).getP();
    return buildPowerDualizer(m, x, p / (p - 1)).phi;
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildBallProjection(m, x, operands, radius);
    return buildPowerProjection(m, x, radius, cast<LpAttr>(attr).getP());
  }
};

} // namespace

void steepest::attachLpNorm(MLIRContext &context) {
  LpAttr::attachInterface<LpModel>(context);
}
