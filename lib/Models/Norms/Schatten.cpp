//===- Schatten.cpp - l_p of the singular values --------------------------===//
//
// With Y = X / c for any c > 0 and P = U diag(s(Y)^(q-1)) V^T:
//
//   S = <Y, P> = sum s(Y)^q,   dual ||X||_Sq = c S^(1/q),
//   dualizer P / S^((q-1)/q) = P S^(-1/p),
//
// and the gradient of the norm is that formula with p and q exchanged. Where P
// is known up to a contract only, S = <Y, P> still makes the step, but the dual
// norm is bounded by the bound of sum s(Y)^q that comes with it, and the norm
// of the dualizer by ||P||_Sp S^(-1/p). The scale c is free. It only has to
// keep the powers in range: the Frobenius norm does for moderate exponents; for
// large ones (p near 1) the largest singular value must come out as 1.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Beyond this exponent rounding of s_1 itself would be amplified, and the norm
/// is that of p = 1 up to a factor min(rows, cols)^(1/q).
static constexpr double largestExponent = 1e6;
/// Up to this one, s_1 / ||X||_F >= rank^(-1/2) raised to it is far from the
/// smallest float32.
static constexpr double moderateExponent = 4;

namespace {

struct SchattenModel
    : NormModelAttrInterface::ExternalModel<SchattenModel, SchattenAttr> {
  /// ||X||_Sp.
  static Value buildPowerNorm(FormulaBuilder &m, Value x, double p) {
    Value values = m.singularValues(x);
    Value largest = m.max(m.maximum(values), m.constant(0));
    Value t = m.div(values, positiveOrOne(m, largest));
    return m.mul(largest, m.pow(m.sum(buildPower(m, t, p)), 1 / p));
  }

  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildNorm(m, x, operands);
    return buildPowerNorm(m, x, cast<SchattenAttr>(attr).getP());
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualNorm(m, x, operands);
    double p = cast<SchattenAttr>(attr).getP();
    return buildPowerNorm(m, x, p / (p - 1));
  }

  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildDualizer(m, x, operands, contract);
    return buildPowerDualizer(m, x, cast<SchattenAttr>(attr).getP(), contract);
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildGradient(m, x, operands);
    double p = cast<SchattenAttr>(attr).getP();
    return buildPowerDualizer(m, x, p / (p - 1)).phi;
  }

  static Dualized buildPowerDualizer(FormulaBuilder &m, Value x, double p,
                                     Attribute contract = {}) {
    Type element = getElementTypeOrSelf(x.getType());
    double exponent = 1 / (p - 1); // q - 1
    if (exponent > largestExponent)
      return {m.leading(x), buildPowerNorm(m, x, p / (p - 1)), m.constant(1)};
    // A band is a matter of powers that products alone can make. These are free
    // of scale: dividing first would only round.
    if (isa_and_nonnull<matrix::BandAttr>(contract) && exponent < 1) {
      auto [power, sum, excess] = m.spectralPower(x, exponent, contract);
      Value inverse = inverseOrZero(m, m.pow(m.dot(x, power), 1 / p));
      Value phi = m.mul(m.toF64(power), inverse);
      return {m.cast(phi, element), m.pow(sum, (p - 1) / p),
              m.max(excess, m.constant(1))};
    }
    Value scale = exponent > moderateExponent ? m.maximum(m.singularValues(x))
                                              : m.frobenius(x);
    // In float64 to the end: what float32 rounds off is of full rank, and may
    // have a larger dual norm than it has length.
    Value y = m.mul(m.toF64(x), inverseOrZero(m, scale));
    auto [power, bound, excess] = m.spectralPower(y, exponent);
    Value sum = m.dot(y, power);
    Value phi = m.mul(power, inverseOrZero(m, m.pow(sum, 1 / p)));
    return {m.cast(phi, element), m.mul(scale, m.pow(bound, (p - 1) / p)),
            m.constant(1)};
  }
  Value buildBallProjection(Attribute attr, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    if (NormModelAttrInterface simple = getCanonicalModel(m, attr, x))
      return simple.buildBallProjection(m, x, operands, radius);
    return buildSchattenProjection(m, x, radius,
                                   cast<SchattenAttr>(attr).getP());
  }
};

} // namespace

void steepest::attachSchattenNorm(MLIRContext &context) {
  SchattenAttr::attachInterface<SchattenModel>(context);
}
