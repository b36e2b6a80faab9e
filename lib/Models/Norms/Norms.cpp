//===- Norms.cpp - what the models of norms share -------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "lib/Models/RegisterModels.h"
#include <cmath>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

void steepest::attachNormModels(MLIRContext &context) {
  attachBlocksNorm(context);
  attachEntrywiseNorms(context);
  attachEuclideanNorms(context);
  attachGroupNorms(context);
  attachIntersectionNorms(context);
  attachKyFanNorms(context);
  attachLpNorm(context);
  attachPartsNorms(context);
  attachScaledNorms(context);
  attachSchattenNorm(context);
  attachSmoothedSpectralNorm(context);
  attachSpectralNorms(context);
  attachTransportedNorm(context);
  attachWeightedNorm(context);
}

NormModelAttrInterface steepest::getNormModel(FormulaBuilder &m,
                                              Attribute norm) {
  auto model = dyn_cast<NormModelAttrInterface>(norm);
  if (!model)
    emitError(m.getLoc()) << "expects a norm with a model, got " << norm
                          << ", which does not implement "
                             "NormModelAttrInterface";
  return model;
}

NormModelAttrInterface steepest::getCanonicalModel(FormulaBuilder &m,
                                                   Attribute norm, Value x) {
  Attribute canonical = cast<NormAttrInterface>(norm).getCanonicalNorm(
      cast<RankedTensorType>(x.getType()));
  return canonical == norm ? NormModelAttrInterface()
                           : getNormModel(m, canonical);
}

NormModelAttrInterface steepest::getSimplestModel(FormulaBuilder &m,
                                                  Attribute norm, Value x) {
  return getNormModel(m, cast<NormAttrInterface>(norm).getCanonicalNorm(
                             cast<RankedTensorType>(x.getType())));
}

Value steepest::inverseOrZero(FormulaBuilder &m, Value s) {
  return m.divOrZero(m.constant(1, getElementTypeOrSelf(s)), s);
}

Value steepest::positiveOrOne(FormulaBuilder &m, Value s) {
  Type element = getElementTypeOrSelf(s);
  Value positive =
      m.compare(arith::CmpFPredicate::OGT, s, m.constant(0, element));
  return m.select(positive, s, m.constant(1, element));
}

Value steepest::buildPower(FormulaBuilder &m, Value t, double p) {
  double quarters = 4 * p;
  if (quarters != std::floor(quarters) || quarters > 16)
    return m.pow(t, p);
  Value result;
  auto multiply = [&](Value factor) {
    result = result ? m.mul(result, factor) : factor;
  };
  auto remaining = static_cast<unsigned>(quarters);
  for (; remaining >= 4; remaining -= 4)
    multiply(t);
  if (remaining == 0)
    return result;
  Value root = m.sqrt(t);
  if (remaining & 2)
    multiply(root);
  if (remaining & 1)
    multiply(m.sqrt(root));
  return result;
}
