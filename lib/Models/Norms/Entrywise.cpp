//===- Entrywise.cpp - l1 and l-infinity ----------------------------------===//
//
// A dual pair: the largest entry against the sum of all.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Balls.h"
#include "lib/Models/Norms/Norms.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// sum |x_i|.
static Value buildSum(FormulaBuilder &m, Value x) {
  return m.sum(m.abs(m.toF64(x)));
}

/// max |x_i|; the maximum of nothing is -inf, its norm 0.
static Value buildMaximum(FormulaBuilder &m, Value x) {
  return m.max(m.toF64(m.maxAbs(x)), m.constant(0));
}

/// The sign of the first largest entry, alone. Any convex combination over ties
/// would do; the lowest index makes it reproducible.
static Value buildFirstLargest(FormulaBuilder &m, Value x) {
  Value chosen =
      m.compareInt(arith::CmpIPredicate::eq,
                   m.indices(matrix::IndexKind::Linear, x), m.argmax(m.abs(x)));
  return m.select(chosen, m.sign(x),
                  m.constant(0, getElementTypeOrSelf(x.getType())));
}

namespace {

struct L1Model : NormModelAttrInterface::ExternalModel<L1Model, L1Attr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildSum(m, x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildMaximum(m, x);
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    return {buildFirstLargest(m, x), buildMaximum(m, x), m.constant(1),
            /*attained=*/true};
  }
  Value buildGradient(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return m.sign(x);
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildL1Projection(m, x, radius);
  }
};

struct LinfModel : NormModelAttrInterface::ExternalModel<LinfModel, LinfAttr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildMaximum(m, x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildSum(m, x);
  }
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    return {m.sign(x), buildSum(m, x), m.constant(1), /*attained=*/true};
  }
  Value buildGradient(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildFirstLargest(m, x);
  }
  Value buildBallProjection(Attribute, FormulaBuilder &m, Value x, ValueRange,
                            Value radius) const {
    return buildBoxProjection(m, x, radius);
  }
};

} // namespace

void steepest::attachEntrywiseNorms(MLIRContext &context) {
  L1Attr::attachInterface<L1Model>(context);
  LinfAttr::attachInterface<LinfModel>(context);
}
