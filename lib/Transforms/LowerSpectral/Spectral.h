//===- Spectral.h - spectral functions by eigen-decomposition ---*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Analysis/Cost/Machine.h"

namespace steepest {

/// Functions of the singular values through the eigen-decomposition of the
/// smaller Gram matrix in float64.
matrix::FormulaBuilder::Msign buildExactSign(matrix::FormulaBuilder &m,
                                             mlir::Value x);
matrix::FormulaBuilder::SpectralPower
buildSpectralPower(matrix::FormulaBuilder &m, mlir::Value x, double power);
mlir::Value buildLeading(matrix::FormulaBuilder &m, mlir::Value x);
mlir::Value buildSingularValues(matrix::FormulaBuilder &m, mlir::Value x);

/// From here on, relative to the largest singular value, they reach the working
/// precision of the element type.
double getExactLowest(mlir::Type element);

/// Of a polar factor or a power so.
Cost getExactCost(const Machine &machine, mlir::MLIRContext *context);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H
