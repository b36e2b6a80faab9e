//===- EigenvalueBound.h - a bound of the largest eigenvalue ----*- C++ -*-===//

#ifndef STEEPEST_LIB_MODELS_EIGENVALUEBOUND_H
#define STEEPEST_LIB_MODELS_EIGENVALUEBOUND_H

#include "dialect/Matrix/FormulaBuilder.h"

namespace steepest {

/// An upper bound 1 + d of the eigenvalues of a symmetric positive semidefinite
/// S, as f64, d >= `least` > 0: it is one when (1 + d) I - S has a Cholesky
/// factor, up to the rounding of that. The first d that is tried is `enough`
/// where that is given, else `least` or where the diagonal of S ends, and if it
/// is a bound that is all; otherwise d is at most twice too large, by bisection
/// of its logarithm between there and the Frobenius norm. A test costs m^3
/// flops in the type of S, where the eigenvalues take 4/3 m^3 in float64 at the
/// speed of memory. No number where S has entries that are none.
mlir::Value buildEigenvalueBound(matrix::FormulaBuilder &m, mlir::Value s,
                                 mlir::Value least, mlir::Value enough = {});

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_EIGENVALUEBOUND_H
