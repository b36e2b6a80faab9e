//===- Balls.h - nearest points of the balls of norms -----------*- C++ -*-===//
//
// The nearest point to x (of any float type) with norm at most `radius` (f64,
// positive), in the type of x. Computed in float64; x itself when it is inside.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_NORMS_BALLS_H
#define STEEPEST_LIB_MODELS_NORMS_BALLS_H

#include "lib/Models/Norms/Norms.h"

namespace steepest {

/// max |x_i| <= radius: every entry clipped.
mlir::Value buildBoxProjection(matrix::FormulaBuilder &m, mlir::Value x,
                               mlir::Value radius);
/// sum |x_i| <= radius: magnitudes lowered by a common threshold.
mlir::Value buildL1Projection(matrix::FormulaBuilder &m, mlir::Value x,
                              mlir::Value radius);
/// Euclidean length at most radius, of all or of every column (row): shortened.
mlir::Value buildEuclideanProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                     mlir::Value radius, matrix::Extent extent);
/// (sum |x_i|^p)^(1/p) <= radius for 1 < p < inf.
mlir::Value buildPowerProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                 mlir::Value radius, double p);
/// sqrt(sum v_i x_i^2) <= radius for weights v_i >= 0.
mlir::Value buildWeightedProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                    mlir::Value weights, mlir::Value radius);
/// Singular values in the ball of linf, l1 or lp.
mlir::Value buildSpectralProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                    mlir::Value radius);
mlir::Value buildNuclearProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                   mlir::Value radius);
mlir::Value buildSchattenProjection(matrix::FormulaBuilder &m, mlir::Value x,
                                    mlir::Value radius, double p);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_NORMS_BALLS_H
