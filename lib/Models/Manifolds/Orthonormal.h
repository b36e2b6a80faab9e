//===- Orthonormal.h - orthonormal columns or rows --------------*- C++ -*-===//
//
// Tall W (rows >= cols) has W^T W = I, wide W is the transpose of a tall one.
// `tall` picks the side; what is said here of tall W holds for wide W
// transposed.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H
#define STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H

#include "lib/Models/Manifolds/Manifolds.h"

namespace steepest {

/// alpha W^T W + gamma I.
mlir::Value buildSmallGram(matrix::FormulaBuilder &m, mlir::Value w, bool tall,
                           double alpha, double gamma);

/// W^T X.
mlir::Value buildMixed(matrix::FormulaBuilder &m, mlir::Value w, mlir::Value x,
                       bool tall);

/// alpha W S, plus `addend` when given.
mlir::Value applySmall(matrix::FormulaBuilder &m, mlir::Value w, mlir::Value s,
                       bool tall, double alpha, mlir::Value addend);

/// ||W^T W - I||_F / sqrt(cols).
mlir::Value buildGramError(matrix::FormulaBuilder &m, mlir::Value w, bool tall);

/// One centred Newton-Schulz step for the polar factor of w - rate phi.
mlir::Value buildCubic(matrix::FormulaBuilder &m, mlir::Value w,
                       mlir::Value phi, mlir::Value rate, bool tall);

/// The polar factor of w - rate phi.
mlir::Value buildPolar(matrix::FormulaBuilder &m, mlir::Value w,
                       mlir::Value phi, mlir::Value rate);

/// An orthonormal matrix nearest to x: its polar factor where x has full rank,
/// one of its polar factors otherwise, the same one for the same x.
mlir::Value buildIsometry(matrix::FormulaBuilder &m, mlir::Value x, bool tall);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_MANIFOLDS_ORTHONORMAL_H
