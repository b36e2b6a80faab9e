//===- Manifolds.cpp - what the models of manifolds share -----------------===//

#include "lib/Models/Manifolds/Manifolds.h"
#include "lib/Models/RegisterModels.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

void steepest::attachManifoldModels(MLIRContext &context) {
  attachGramDiagonal(context);
  attachGrassmann(context);
  attachLinear(context);
  attachNormBall(context);
  attachNormSphere(context);
  attachOblique(context);
  attachSphere(context);
  attachStiefel(context);
}

Value steepest::buildStep(FormulaBuilder &m, Value w, Value phi, Value rate) {
  return m.sub(m.toF64(w), m.mul(m.toF64(phi), m.toF64(rate)));
}

Value steepest::roundLike(FormulaBuilder &m, Value result, Value like) {
  return m.cast(result, getElementTypeOrSelf(like.getType()));
}

Value steepest::buildMaxAbs(FormulaBuilder &m, Value x) {
  return m.max(m.toF64(m.maxAbs(x)), m.constant(0));
}

Value steepest::buildRescaled(FormulaBuilder &m, Value x) {
  return m.mul(m.toF64(x), m.divOrZero(m.constant(1), buildMaxAbs(m, x)));
}

Value steepest::buildIsSquare(FormulaBuilder &m, Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  if (type.hasStaticShape() && type.getDimSize(0) == type.getDimSize(1))
    return {};
  return arith::CmpIOp::create(m.getBuilder(), m.getLoc(),
                               arith::CmpIPredicate::eq, m.rows(x), m.cols(x));
}

Value steepest::buildSquareDistance(FormulaBuilder &m, Value x,
                                    Value distance) {
  Value isSquare = buildIsSquare(m, x);
  return isSquare ? m.select(isSquare, distance, m.constant(1)) : distance;
}
