//===- ConjugateGradients.cpp - linear systems of linear maps -------------===//

#include "lib/Models/Methods/SmoothedNewton/ConjugateGradients.h"
#include "lib/Models/Loop.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

Value steepest::solveByConjugateGradients(FormulaBuilder &m, LinearMap h,
                                          LinearMap preconditioner, Value b,
                                          Value relative, int64_t cap) {
  Value start = preconditioner(m, b);
  Value energy = m.dot(b, start);
  Value target = m.mul(energy, m.square(relative));
  Value zeros = m.broadcast(m.constant(0), b);

  // x, residual, direction, <residual, B residual>, products, open.
  SmallVector<Value> init = {
      zeros,         b,
      start,         energy,
      m.constant(0), m.compare(CmpFPredicate::OGT, energy, m.constant(0))};
  auto isOpen = [](FormulaBuilder &, ValueRange state) { return state[5]; };
  auto step = [&](FormulaBuilder &m, ValueRange state) -> SmallVector<Value> {
    Value x = state[0], residual = state[1], direction = state[2],
          energy = state[3];
    Value image = h(m, direction);
    // Not positive, or not a number: rounding is all that is left.
    Value curvature = m.dot(direction, image);
    Value isConvex = m.compare(CmpFPredicate::OGT, curvature, m.constant(0));
    Value length = m.divOrZero(energy, curvature);
    Value newX = m.add(x, m.mul(direction, length));
    Value newResidual = m.sub(residual, m.mul(image, length));
    Value image2 = preconditioner(m, newResidual);
    Value newEnergy = m.dot(newResidual, image2);
    Value newDirection =
        m.add(image2, m.mul(direction, m.div(newEnergy, energy)));
    Value products = m.add(state[4], m.constant(1));
    Value isShort = m.compare(CmpFPredicate::OLT, products,
                              m.constant(static_cast<double>(cap)));
    Value isFar = m.compare(CmpFPredicate::OGT, newEnergy, target);
    Value open = m.logicalAnd(isConvex, m.logicalAnd(isShort, isFar));
    return {newX, newResidual, newDirection, newEnergy, products, open};
  };
  return buildLoop(m, init, isOpen, step)[0];
}
