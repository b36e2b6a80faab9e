//===- MatrixFunctions.h - functions of symmetric matrices ------*- C++ -*-===//
//
// What a spec asks of its second-order states: powers and eigenbases, as matrix
// programs around one eigen-decomposition, or inverses, in float64, whatever
// the type of the matrix. Where these fail the step does nothing.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_SOLVE_MATRIXFUNCTIONS_H
#define STEEPEST_LIB_TRANSFORMS_SOLVE_MATRIXFUNCTIONS_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Support/Rational.h"

namespace steepest {

/// V diag(max(l_i, ridge l_max)^exponent) V^T for X = V diag(l_i) V^T; for X =
/// 0, and without a positive eigenvalue, 0, or I when the exponent is 0.
mlir::Value buildPower(matrix::FormulaBuilder &m, mlir::Value x,
                       double exponent, double ridge);

/// ||X||_F^exponent h(X / ||X||_F), 0 for X = 0: X^exponent for an h that is
/// near t^exponent.
mlir::Value buildPowerByFractions(matrix::FormulaBuilder &m, mlir::Value x,
                                  double exponent, const PartialFractions &h);

/// Eigenvectors as columns, by ascending eigenvalues, the largest entry of each
/// (the first of several) positive.
mlir::Value buildEigenbasis(matrix::FormulaBuilder &m, mlir::Value x);

/// X v, or X^T v, accumulated in float64.
mlir::Value buildApply(matrix::FormulaBuilder &m, mlir::Value x, mlir::Value v,
                       bool transpose);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_SOLVE_MATRIXFUNCTIONS_H
