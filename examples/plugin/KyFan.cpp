//===- KyFan.cpp - sum of the k largest singular values -------------------===//
//
// The unit ball of the dual max(s_1, ||X||_* / k) is the intersection of two
// balls; hence the dual of X is whichever bound is active, with its dualizer:
// U1 V1^T attains s_1 and has Ky Fan norm 1; msign(X) / k attains ||X||_* / k
// and has norm 1 as soon as the rank is k, which it is when that bound is the
// larger one.
//
//===----------------------------------------------------------------------===//

#include "Acme.h"

using namespace mlir;
using namespace acme;
using steepest::matrix::FormulaBuilder;

//===----------------------------------------------------------------------===//
// What the language asks
//===----------------------------------------------------------------------===//

LogicalResult
KyFanAttr::verifyNorm(llvm::function_ref<InFlightDiagnostic()> emitError,
                      RankedTensorType type, TypeRange operands) const {
  if (getK() == 0)
    return emitError() << "expects k >= 1 for the ky_fan norm, got 0";
  if (type.getRank() < 2)
    return emitError() << "expects a matrix for the ky_fan norm, got " << type;
  if (!operands.empty())
    return emitError() << "expects no operands of the ky_fan norm, got "
                       << operands.size();
  return success();
}

/// Enough for the closed form on the orthogonal group to apply.
steepest::NormFacts KyFanAttr::getNormFacts() const {
  steepest::NormFacts facts;
  facts.unitarilyInvariant = true;
  return facts;
}

//===----------------------------------------------------------------------===//
// What the compiler asks
//===----------------------------------------------------------------------===//

namespace {
/// The two bounds of which the dual norm is the larger.
struct Bounds {
  Value largest, share;

  Bounds(FormulaBuilder &m, Value x, unsigned k) {
    Value values = m.singularValues(x);
    largest = m.max(m.maximum(values), m.constant(0));
    share = m.div(m.sum(values), m.constant(k));
  }
};
} // namespace

Value KyFanAttr::buildNorm(FormulaBuilder &m, Value x, ValueRange) const {
  Value values = m.singularValues(x);
  Value position = m.indices(steepest::matrix::IndexKind::Linear, values);
  Value counts =
      m.compareInt(arith::CmpIPredicate::slt, position, m.integer(getK()));
  return m.sum(m.select(counts, values, m.constant(0)));
}

Value KyFanAttr::buildDualNorm(FormulaBuilder &m, Value x, ValueRange) const {
  Bounds bounds(m, x, getK());
  return m.max(bounds.largest, bounds.share);
}

steepest::Dualized KyFanAttr::buildDualizer(FormulaBuilder &m, Value x,
                                            ValueRange,
                                            Attribute contract) const {
  Bounds bounds(m, x, getK());
  Value isOneEnough =
      m.compare(arith::CmpFPredicate::OGE, bounds.largest, bounds.share);
  SmallVector<Value> result = m.branch(
      isOneEnough,
      [&](FormulaBuilder &m) -> SmallVector<Value> {
        return {m.leading(x), m.constant(1)};
      },
      [&](FormulaBuilder &m) -> SmallVector<Value> {
        FormulaBuilder::Msign msign = m.msign(x, contract);
        return {m.mul(msign.result, m.constant(1.0 / getK())), msign.spectral};
      });
  return {result[0], m.max(bounds.largest, bounds.share), result[1]};
}
