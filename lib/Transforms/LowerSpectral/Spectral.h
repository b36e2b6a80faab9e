//===- Spectral.h - the two ways to spectral functions ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Support/Polynomials.h"

namespace steepest {

/// msign by odd polynomial steps on X / ||X||_F. The bounds of the result hold
/// for whatever the steps do: they come from the image of intervals under the
/// steps, computed here.
matrix::FormulaBuilder::Msign buildPolynomialSign(matrix::FormulaBuilder &m,
                                                  mlir::Value x,
                                                  const OddSteps &steps);

/// Functions of the singular values through the eigen-decomposition of the
/// smaller Gram matrix in float64.
matrix::FormulaBuilder::Msign buildExactSign(matrix::FormulaBuilder &m,
                                             mlir::Value x);
mlir::Value buildSpectralPower(matrix::FormulaBuilder &m, mlir::Value x,
                               double power);
mlir::Value buildLeading(matrix::FormulaBuilder &m, mlir::Value x);
mlir::Value buildSingularValues(matrix::FormulaBuilder &m, mlir::Value x);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H
