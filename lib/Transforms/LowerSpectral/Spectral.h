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
/// The results of `matrix.spectral_power`, `matrix.leading` and
/// `matrix.singular_values` of one matrix, by one decomposition.
llvm::SmallVector<llvm::SmallVector<mlir::Value>>
buildGramFunctions(matrix::FormulaBuilder &m,
                   llvm::ArrayRef<mlir::Operation *> ops);
/// The singular values of what `matrix.leading` gave, by sums.
mlir::Value buildValuesOfLeading(matrix::FormulaBuilder &m,
                                 mlir::Value leading);

/// From here on, relative to the largest singular value, they reach the working
/// precision of the element type.
double getExactLowest(mlir::Type element);

/// Of a polar factor or a power so.
Cost getExactCost(const Machine &machine, mlir::MLIRContext *context);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_SPECTRAL_H
