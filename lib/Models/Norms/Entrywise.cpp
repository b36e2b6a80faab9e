//===- Entrywise.cpp - l1 and l-infinity ----------------------------------===//
//
// A dual pair: the largest entry against the sum of all.
//
//===----------------------------------------------------------------------===//

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

namespace {

struct L1Model : NormModelAttrInterface::ExternalModel<L1Model, L1Attr> {
  Value buildNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildSum(m, x);
  }
  Value buildDualNorm(Attribute, FormulaBuilder &m, Value x, ValueRange) const {
    return buildMaximum(m, x);
  }
  /// The sign of the first largest entry, alone. Any convex combination over
  /// ties is optimal; the lowest index makes it reproducible.
  Dualized buildDualizer(Attribute, FormulaBuilder &m, Value x, ValueRange,
                         Attribute) const {
    Value chosen = m.compareInt(arith::CmpIPredicate::eq,
                                m.indices(matrix::IndexKind::Linear, x),
                                m.argmax(m.abs(x)));
    Value phi = m.select(chosen, m.sign(x),
                         m.constant(0, getElementTypeOrSelf(x.getType())));
    return {phi, buildMaximum(m, x), m.constant(1), /*attained=*/true};
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
};

} // namespace

void steepest::attachEntrywiseNorms(MLIRContext &context) {
  L1Attr::attachInterface<L1Model>(context);
  LinfAttr::attachInterface<LinfModel>(context);
}
