//===- RegisterModels.h - the mathematics of the language -------*- C++ -*-===//
//
// The dialect says what its norms and manifolds are called; this library says
// what they compute, and how directions are solved. A tool that compiles needs
// it, a tool that only reads and prints does not.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_REGISTERMODELS_H
#define STEEPEST_LIB_MODELS_REGISTERMODELS_H

namespace mlir {
class DialectRegistry;
class MLIRContext;
} // namespace mlir

namespace steepest {

class MethodRegistry;

/// Attaches the models and adds the methods as soon as the steepest dialect is
/// loaded.
void registerModels(mlir::DialectRegistry &registry);

/// Attaches the models of our norms and of our manifolds.
void attachNormModels(mlir::MLIRContext &context);
void attachManifoldModels(mlir::MLIRContext &context);

/// Adds our closed forms and solvers.
void registerMethods(MethodRegistry &methods);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_REGISTERMODELS_H
