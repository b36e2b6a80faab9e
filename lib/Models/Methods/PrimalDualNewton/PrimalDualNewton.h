//===- PrimalDualNewton.h - spectral norm x Stiefel manifold ----*- C++ -*-===//
//
// The solver for the pair that has no closed form. The method is described in
// PrimalDualNewton.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H
#define STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H

#include "dialect/Matrix/FormulaBuilder.h"

namespace steepest {

/// The direction and what is certified about it; all but the matrices are f64.
struct NewtonResult {
  /// Tangent at W, spectral norm at most 1. In the type of w.
  mlir::Value phi;
  /// <G, Phi>, and a bound of what any feasible direction attains.
  mlir::Value value, bound;
  /// max |sym(W^T Phi)|.
  mlir::Value tangency;
  /// Eigen-decompositions spent, and a `steepest_outcome`.
  mlir::Value iterations, outcome;
  /// The dual solution C in units of G, m x m, that proves the bound, and the
  /// one to begin with at the next call: `y`.
  mlir::Value correction, next;
};

/// Iterations after which the method gives up. No case of a fuzzed set needed
/// more than 25 for a gap of 1e-4.
constexpr int64_t defaultNewtonBudget = 40;

/// The smallest gap that arithmetic in float32 reaches on every kind of data.
constexpr double leastGapInFloat32 = 5e-3;

/// Builds the direction  max <G, Phi>, sym(W^T Phi) = 0, ||Phi||_2 <= 1  at the
/// insertion point, for tall `w` and `g` (n x m, n >= m) that were rounded to
/// machine epsilon `epsilon`. All of it is computed in their element type, f64
/// or f32; the latter reaches `leastGapInFloat32`. A relative gap of
/// `tolerance` (f64) is asked for. `y`, when given, is the correction of an
/// earlier step, m x m. `g` must be finite.
///
/// Needs the math, scf and tensor dialects loaded.
NewtonResult buildPrimalDualNewton(matrix::FormulaBuilder &builder,
                                   mlir::Value w, mlir::Value g, mlir::Value y,
                                   mlir::Value tolerance, double epsilon,
                                   int64_t budget = defaultNewtonBudget);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H
