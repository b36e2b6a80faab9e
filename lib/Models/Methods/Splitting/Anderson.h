//===- Anderson.h - acceleration of fixed-point iterations ------*- C++ -*-===//
//
// For an iteration z -> g(z) with residual r = g(z) - z. Of the last few
// differences dR of residuals and dG of images, the next point is g - dG a with
// a minimising ||r - dR a||: the secant method in several dimensions (Anderson
// 1965). The differences are scaled to length one and a little of the identity
// is added to their Gram matrix, so that dependent ones do no harm; those that
// are zero count for nothing.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_METHODS_SPLITTING_ANDERSON_H
#define STEEPEST_LIB_MODELS_METHODS_SPLITTING_ANDERSON_H

#include "lib/Models/Loop.h"

namespace steepest {

/// Differences of residuals and images (f64), the newest first.
struct AndersonMemory {
  Values residuals, images;

  /// `depth` differences like x, all zero.
  static AndersonMemory create(matrix::FormulaBuilder &m, unsigned depth,
                               mlir::Value x);

  Values pack() const;
  static AndersonMemory unpack(mlir::ValueRange values);

  /// With these differences as the newest where `isLinked`; emptied elsewhere.
  AndersonMemory push(matrix::FormulaBuilder &m, mlir::Value isLinked,
                      mlir::Value residual, mlir::Value image) const;

  /// g - dG a.
  mlir::Value extrapolate(matrix::FormulaBuilder &m, mlir::Value residual,
                          mlir::Value image) const;
};

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_SPLITTING_ANDERSON_H
