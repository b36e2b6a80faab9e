//===- Manifolds.cpp - what the models of manifolds share -----------------===//

#include "lib/Models/Manifolds/Manifolds.h"
#include "lib/Models/RegisterModels.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

void steepest::attachManifoldModels(MLIRContext &context) {
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
