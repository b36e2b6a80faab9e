//===- Manifolds.h - what the models of manifolds share ---------*- C++ -*-===//
//
// W is a point of the manifold up to drift: projections divide by the norms
// that W has rather than by those it should have, and retractions bring the
// point back. Inner products are formed in float64.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_MANIFOLDS_MANIFOLDS_H
#define STEEPEST_LIB_MODELS_MANIFOLDS_MANIFOLDS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

void attachGramDiagonal(mlir::MLIRContext &context);
void attachGrassmann(mlir::MLIRContext &context);
void attachLinear(mlir::MLIRContext &context);
void attachNormBall(mlir::MLIRContext &context);
void attachNormSphere(mlir::MLIRContext &context);
void attachOblique(mlir::MLIRContext &context);
void attachSphere(mlir::MLIRContext &context);
void attachStiefel(mlir::MLIRContext &context);

/// w - rate * phi in float64.
mlir::Value buildStep(matrix::FormulaBuilder &m, mlir::Value w, mlir::Value phi,
                      mlir::Value rate);

/// `result`, made in float64, in the element type of `like`.
mlir::Value roundLike(matrix::FormulaBuilder &m, mlir::Value result,
                      mlir::Value like);

/// max |x_ij| as f64, 0 for nothing.
mlir::Value buildMaxAbs(matrix::FormulaBuilder &m, mlir::Value x);

/// x / max |x_ij| in float64, whose squares neither overflow nor vanish; 0 for
/// x = 0.
mlir::Value buildRescaled(matrix::FormulaBuilder &m, mlir::Value x);

/// Whether x is square, as i1; null where its type says so.
mlir::Value buildIsSquare(matrix::FormulaBuilder &m, mlir::Value x);

/// `distance`, and 1 where x is not square: a type that leaves the extents open
/// lets other matrices come.
mlir::Value buildSquareDistance(matrix::FormulaBuilder &m, mlir::Value x,
                                mlir::Value distance);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_MANIFOLDS_MANIFOLDS_H
