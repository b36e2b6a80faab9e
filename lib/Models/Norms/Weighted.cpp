//===- Weighted.cpp - sqrt(sum v_i x_i^2) ---------------------------------===//
//
// Dual sqrt(sum x_i^2 / v_i), direction (x / v) / dual. Entries with v_i = 0
// cost nothing to move, so no direction is steepest among them; they stay where
// they are (direction 0) and do not count in the dual. In Adam, v_i = 0 means
// that every gradient of that entry so far was 0.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

struct WeightedL2Model
    : NormModelAttrInterface::ExternalModel<WeightedL2Model, WeightedL2Attr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    Value v = m.toF64(operands.front());
    return m.sqrt(m.sum(m.mul(v, m.square(m.toF64(x)))));
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    Value x64 = m.toF64(x);
    return m.sqrt(
        m.sum(m.mul(x64, m.divOrZero(x64, m.toF64(operands.front())))));
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute) const {
    Value x64 = m.toF64(x);
    Value quotient = m.divOrZero(x64, m.toF64(operands.front()));
    Value dual = m.sqrt(m.sum(m.mul(x64, quotient)));
    Value phi = m.mul(quotient, inverseOrZero(m, dual));
    Type element = getElementTypeOrSelf(x.getType());
    return {m.cast(phi, element), dual, m.constant(1), /*attained=*/true,
            /*penalty=*/m.cast(quotient, element)};
  }
  /// v x / ||x||.
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    Value weighted = m.mul(m.toF64(operands.front()), m.toF64(x));
    Value length = buildNorm(attr, m, x, operands);
    return m.cast(m.mul(weighted, inverseOrZero(m, length)),
                  getElementTypeOrSelf(x.getType()));
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x,
                            ValueRange operands, Value radius) const {
    return buildWeightedProjection(m, x, operands.front(), radius);
  }
};

} // namespace

void steepest::attachWeightedNorm(MLIRContext &context) {
  WeightedL2Attr::attachInterface<WeightedL2Model>(context);
}
