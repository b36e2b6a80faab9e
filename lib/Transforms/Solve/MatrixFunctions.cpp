//===- MatrixFunctions.cpp - functions of symmetric matrices --------------===//

#include "lib/Transforms/Solve/MatrixFunctions.h"
#include "runtime/steepest.h"
#include <cstdint>

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

/// Fails the step, not the process, when the routine gave up or the matrix is
/// not finite (an accumulator that has overflowed).
static FormulaBuilder::Eigh decompose(FormulaBuilder &m, Value x) {
  FormulaBuilder::Eigh eigh = m.eigh(m.toF64(x));
  m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
  return eigh;
}

Value steepest::buildPower(FormulaBuilder &m, Value x, double exponent,
                           double ridge) {
  FormulaBuilder::Eigh eigh = decompose(m, x);
  Value zero = m.constant(0);
  // The ridge is relative, so that (c X)^p = c^p X^p. Rounding leaves negative
  // eigenvalues where zeros belong, hence a floor of 0 at least.
  Value largest = m.max(m.maximum(eigh.values), zero);
  Value values = m.max(eigh.values, m.mul(largest, m.constant(ridge)));
  Value powers = m.pow(values, exponent);
  if (exponent != 0) {
    // 0^p of a negative p is infinite; it arises only where X has no positive
    // eigenvalue, the ridge being positive.
    Value isPositive = m.compare(arith::CmpFPredicate::OGT, values, zero);
    powers = m.select(isPositive, powers, zero);
  }
  // A = Q^T diag(l) Q with eigenvectors as rows.
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  Value scaled = m.mul(m.alongRows(powers, eigh.vectors), eigh.vectors);
  return m.cast(m.product(eigh.vectors, scaled, options),
                getElementTypeOrSelf(x.getType()));
}

Value steepest::buildPowerByFractions(FormulaBuilder &m, Value x,
                                      double exponent,
                                      const PartialFractions &h) {
  Value size = m.frobenius(x), zero = m.constant(0);
  Value scaled = m.mul(m.toF64(x), m.divOrZero(m.constant(1), size));
  auto [result, defined] = m.rational(scaled, h.constant, h.weights, h.poles);
  m.require(defined, STEEPEST_NO_CONVERGENCE);
  Value isPositive = m.compare(arith::CmpFPredicate::OGT, size, zero);
  Value scale = m.select(isPositive, m.pow(size, exponent), zero);
  return m.cast(m.mul(result, scale), getElementTypeOrSelf(x.getType()));
}

Value steepest::buildEigenbasis(FormulaBuilder &m, Value x) {
  Value rows = decompose(m, x).vectors;
  // The sign of an eigenvector is arbitrary; a basis that is kept between steps
  // must not depend on the routine, nor flip where little has changed.
  Value sizes = m.abs(rows);
  Value largest = m.alongRows(m.maximum(sizes, Extent::Row), sizes);
  Value position = m.indices(matrix::IndexKind::Column, rows);
  Value never = m.broadcast(m.integer(INT64_MAX), position);
  Value isLargest = m.compare(arith::CmpFPredicate::OEQ, sizes, largest);
  Value first = m.minimum(m.select(isLargest, position, never), Extent::Row);
  Value isFirst = m.compareInt(arith::CmpIPredicate::eq, position,
                               m.alongRows(first, position));
  Value entry = m.sum(m.select(isFirst, rows, m.constant(0)), Extent::Row);
  Value oriented = m.mul(m.alongRows(m.sign(entry), rows), rows);
  return m.cast(m.transpose(oriented), getElementTypeOrSelf(x.getType()));
}

Value steepest::buildApply(FormulaBuilder &m, Value x, Value v,
                           bool transpose) {
  Extent along = transpose ? Extent::Row : Extent::Column;
  Value spread = m.broadcast(m.toF64(v), x, along);
  Value sums = m.sum(m.mul(m.toF64(x), spread),
                     transpose ? Extent::Column : Extent::Row);
  return m.cast(sums, getElementTypeOrSelf(v.getType()));
}
