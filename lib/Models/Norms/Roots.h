//===- Roots.h - scalar equations inside formulas ---------------*- C++ -*-===//
//
// The nearest point of a ball, and the dualizer of an intersection of balls,
// depend on one multiplier, the zero of a monotone function. These loops find
// it in float64 from a bracket that is known beforehand, in a bounded number of
// passes.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_NORMS_ROOTS_H
#define STEEPEST_LIB_MODELS_NORMS_ROOTS_H

#include "lib/Models/Norms/Norms.h"

namespace steepest {

/// A function of an f64 scalar, written with the builder that it is given.
using ScalarFunction =
    llvm::function_ref<mlir::Value(matrix::FormulaBuilder &, mlir::Value)>;

/// The zero of a decreasing f with f(low) >= 0 >= f(high), by Ridders' method:
/// each pass evaluates f in the middle of the bracket and where the
/// exponential through the three points vanishes, so that the bracket is halved
/// at least and a smooth f needs few passes. Ends when |f| <= `tolerance`, f
/// being of order one, or when the bracket has no numbers left inside. An empty
/// bracket gives `low` without a pass.
mlir::Value buildDecreasingRoot(matrix::FormulaBuilder &m, mlir::Value low,
                                mlir::Value high, ScalarFunction f,
                                double tolerance = 1e-15);

/// t >= 0 with sum max(a_i - t, 0) = radius, for f64 a_i >= 0; 0 when their sum
/// does not exceed the radius. Newton's method on a convex function that is
/// piecewise linear: from below, it passes each kink at most once and ends
/// exactly (Michelot 1986).
mlir::Value buildSoftThreshold(matrix::FormulaBuilder &m, mlir::Value a,
                               mlir::Value radius);

/// The nearest point to a >= 0 (f64) with (sum x^p)^(1/p) <= 1, 1 < p < inf.
mlir::Value buildUnitPowerBall(matrix::FormulaBuilder &m, mlir::Value a,
                               double p);

/// `moved` where the norm of x exceeds the radius, x itself elsewhere: ball
/// projections do not touch what is inside. `moved` has the extents of x.
mlir::Value keepInside(matrix::FormulaBuilder &m, mlir::Value x,
                       mlir::Value norm, mlir::Value radius, mlir::Value moved);

/// U diag(t(s) s) V^T for X = U diag(s) V^T, where `factors` builds 0 <= t(s)
/// <= 1 of the singular values (a vector of f64): by the eigen-decomposition of
/// the smaller Gram matrix in float64. Small singular values, which a Gram
/// matrix does not resolve, are multiplied and never divided by.
mlir::Value buildShrunkSpectrum(
    matrix::FormulaBuilder &m, mlir::Value x,
    llvm::function_ref<mlir::Value(matrix::FormulaBuilder &, mlir::Value)>
        factors);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_NORMS_ROOTS_H
