//===- PrimalDualNewton.h - spectral norm x Stiefel manifold ----*- C++ -*-===//
//
// The solver for the pair that has no closed form. The method itself is the
// matrix program of PrimalDualNewton.mlir; this puts it into an optimizer.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H
#define STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

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
  /// The dual solution C in units of G, m x m: `y` of the next call.
  mlir::Value correction;
};

/// Iterations after which the method gives up. No case of a fuzzed set needed
/// more than 25 for a gap of 1e-4.
constexpr int64_t defaultNewtonBudget = 40;

/// Builds the direction  max <G, Phi>, sym(W^T Phi) = 0, ||Phi||_2 <= 1  at the
/// insertion point, for tall `w` and `g` (n x m, n >= m) of f64 elements that
/// were rounded to machine epsilon `epsilon`. A relative gap of `tolerance`
/// (f64) is asked for. `y`, when given, is the correction of an earlier step.
/// `g` must be finite.
///
/// Needs the func, math, scf and tensor dialects loaded. Fails with a
/// diagnostic.
mlir::FailureOr<NewtonResult>
buildPrimalDualNewton(matrix::FormulaBuilder &builder, mlir::Value w,
                      mlir::Value g, mlir::Value y, mlir::Value tolerance,
                      double epsilon, int64_t budget = defaultNewtonBudget);

/// The method as a module of functions, with the entry `primal_dual_newton`.
/// Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp>
parsePrimalDualNewton(mlir::MLIRContext *context);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_PRIMALDUALNEWTON_PRIMALDUALNEWTON_H
