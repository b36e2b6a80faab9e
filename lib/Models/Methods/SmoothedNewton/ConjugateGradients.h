//===- ConjugateGradients.h - linear systems of linear maps ---*- C++ -*-===//

#ifndef STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_CONJUGATEGRADIENTS_H
#define STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_CONJUGATEGRADIENTS_H

#include "lib/Models/Methods/Methods.h"

namespace steepest {

using LinearMap =
    mlir::function_ref<mlir::Value(matrix::FormulaBuilder &, mlir::Value)>;

/// The x with H x = b by conjugate gradients preconditioned with B, for
/// symmetric positive (semi)definite maps H and B on tensors. Stops after `cap`
/// products, or when the residual in the norm of B has fallen to `relative`
/// (f64) times its start. Then, as at any earlier stop, x lowers
/// <x, H x> / 2 - <b, x> below zero unless b is zero.
mlir::Value solveByConjugateGradients(matrix::FormulaBuilder &m, LinearMap h,
                                      LinearMap preconditioner, mlir::Value b,
                                      mlir::Value relative, int64_t cap);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_SMOOTHEDNEWTON_CONJUGATEGRADIENTS_H
