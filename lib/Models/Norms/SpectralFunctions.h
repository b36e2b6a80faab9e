//===- SpectralFunctions.h - functions of singular values -------*- C++ -*-===//
//
// U diag(f(s)) V^T of X = U diag(s) V^T for any f that formulas can write, with
// scalars made of s beside it, by one eigen-decomposition of the smaller Gram
// matrix in float64: with g = f / s,
//
//   U diag(f(s)) V^T = X V diag(g(s)) V^T   (tall X; the mirror image for
//   wide).
//
// What is known of s. The eigenvalues s^2 are exact up to about eps64 s_1^2,
// hence s to eps64 s_1^2 / s: all digits of the larger ones, half of those at
// 1e-4 s_1, none below 1e-8 s_1, where a zero may come out as anything up to
// that size. Singular values above `spectralNoise` s_1 are known to 4 digits at
// least; formulas that divide by s leave the others at zero (`inverseSignal`),
// as do all spectral ops. Formulas whose g stays bounded, such as 1 / max(s,
// t), need not know them: they are multiplied, never divided by, and what is
// wrong with g is multiplied by the true s.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_NORMS_SPECTRALFUNCTIONS_H
#define STEEPEST_LIB_MODELS_NORMS_SPECTRALFUNCTIONS_H

#include "lib/Models/Norms/Norms.h"

namespace steepest {

/// Relative size below which a singular value of a Gram matrix is not known.
constexpr double spectralNoise = 1e-6;

/// A square of s_1 larger than the error of any s^2, in units of s_1^2.
constexpr double squareNoise = 0x1p-46;

struct SpectralFunction {
  /// U diag(f) V^T, in f64 and in the unit `scale` where f is of degree one.
  mlir::Value matrix;
  /// What the formula gave beside the factors.
  llvm::SmallVector<mlir::Value> scalars;
  /// The largest entry of |X|, 1 for X = 0: singular values are given to the
  /// formula in this unit, in which they are at most sqrt(rows cols).
  mlir::Value scale;
};

/// `formula` is given the singular values, ascending, as a vector of f64. It
/// returns the vector of g = f / s and any number of scalars (f64).
SpectralFunction buildSpectralFunction(
    matrix::FormulaBuilder &m, mlir::Value x,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(matrix::FormulaBuilder &,
                                                      mlir::Value)>
        formula);

/// 1 / s for singular values above noise, 0 elsewhere.
mlir::Value inverseSignal(matrix::FormulaBuilder &m, mlir::Value s);

/// sqrt(s^2 + what the squares may hide): not below the true singular values.
mlir::Value buildUpperSpectrum(matrix::FormulaBuilder &m, mlir::Value s);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_NORMS_SPECTRALFUNCTIONS_H
