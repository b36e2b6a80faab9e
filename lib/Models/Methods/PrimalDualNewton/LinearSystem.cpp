//===- LinearSystem.cpp - the Newton system of the primal-dual method -----===//
//
//   H[D] = sym(D diag(1/q)) - sym(A dK[D]),     M = A^T D,
//   dK[D]_ij = ((q_i / q_j) M_ij + M_ji) / (q_i + q_j),
//   J_ij = (1/q_i + 1/q_j) / 2,
//
// on symmetric D in the eigenbasis. H + mu J = (1 + mu) J - sym(A dK), positive
// semidefinite and at most (1 + mu) J for every ||A|| <= 1.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Loop.h"
#include "lib/Models/Methods/PrimalDualNewton/Newton.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::primaldual;
using arith::CmpFPredicate;

/// Relative residual in the preconditioned norm. Less accuracy costs an
/// iteration more often than it saves a product.
static constexpr double reduction = 0.05;

RootDifferential::RootDifferential(FormulaBuilder &m, Value q, Value like) {
  Value qi = m.alongRows(q, like), qj = m.alongColumns(q, like);
  weightTransposed = m.div(m.constant(1), m.add(qi, qj));
  weight = m.mul(m.div(qi, qj), weightTransposed);
}

Value RootDifferential::apply(FormulaBuilder &m, Value a, Value d) const {
  Value mixed = m.productTN(a, d);
  return m.add(m.mul(weight, mixed),
               m.mul(weightTransposed, m.transpose(mixed)));
}

LinearSolution primaldual::solveNewtonSystem(FormulaBuilder &m, Value a,
                                             Value rhs, Value q, Value damping,
                                             Value cap) {
  Value zeros = m.broadcast(m.constant(0, getElementTypeOrSelf(rhs)), rhs);
  Value qi = m.alongRows(q, rhs), qj = m.alongColumns(q, rhs);
  RootDifferential differential(m, q, rhs);
  Value jacobi = m.mul(m.div(m.add(qi, qj), m.mul(qi, qj)), m.constant(0.5));
  Value majoriser = m.mul(jacobi, m.add(damping, m.constant(1)));

  Value first = m.div(rhs, jacobi);
  Value start = m.dot(rhs, first);
  Value target = m.mul(start, m.constant(reduction * reduction));

  // x, A dK[x], residual, direction, energy, products, open.
  Values init = {zeros,
                 zeros,
                 rhs,
                 first,
                 start,
                 m.constant(0),
                 m.compare(CmpFPredicate::OGT, start, m.constant(0))};
  auto isOpen = [](FormulaBuilder &, ValueRange state) { return state[6]; };
  auto step = [&](FormulaBuilder &m, ValueRange state) -> Values {
    Value direction = state[3], energy = state[4];
    Value coupled = m.product(a, differential.apply(m, a, direction));
    Value image = m.sub(m.mul(majoriser, direction), m.sym(coupled));
    // Curvature that is not positive is rounding: stop before using it.
    Value curvature = m.dot(direction, image);
    Value isConvex = m.compare(CmpFPredicate::OGT, curvature, m.constant(0));
    Value length = m.divOrZero(energy, curvature);
    Value newX = m.add(state[0], m.mul(direction, length));
    Value newCoupled = m.add(state[1], m.mul(coupled, length));
    Value newResidual = m.sub(state[2], m.mul(image, length));
    Value preconditioned = m.div(newResidual, jacobi);
    Value newEnergy = m.dot(newResidual, preconditioned);
    Value newDirection =
        m.add(preconditioned, m.mul(direction, m.div(newEnergy, energy)));
    Value products = m.add(state[5], m.constant(1));
    Value isShort = m.compare(CmpFPredicate::OLT, products, cap);
    Value isFar = m.compare(CmpFPredicate::OGE, newEnergy, target);
    Value open = m.logicalAnd(isConvex, m.logicalAnd(isShort, isFar));
    return {newX,      newCoupled, newResidual, newDirection,
            newEnergy, products,   open};
  };
  Values end = buildLoop(m, init, isOpen, step);
  return {end[0], end[1]};
}
