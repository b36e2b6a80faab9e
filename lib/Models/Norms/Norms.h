//===- Norms.h - what the models of norms share -----------------*- C++ -*-===//
//
// Conventions of all dualizers here. Sums of squares, products and powers are
// formed in float64, where the squares of all float32 numbers are normal: no
// constant is ever added to keep a quotient finite, so that x and c x have the
// same direction for every c > 0. Zero has the direction zero.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_MODELS_NORMS_NORMS_H
#define STEEPEST_LIB_MODELS_NORMS_NORMS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

class ScaledAttr;

void attachBlocksNorm(mlir::MLIRContext &context);
void attachEntrywiseNorms(mlir::MLIRContext &context);
void attachEuclideanNorms(mlir::MLIRContext &context);
void attachGroupNorms(mlir::MLIRContext &context);
void attachIntersectionNorms(mlir::MLIRContext &context);
void attachKyFanNorms(mlir::MLIRContext &context);
void attachLpNorm(mlir::MLIRContext &context);
void attachPartsNorms(mlir::MLIRContext &context);
void attachScaledNorms(mlir::MLIRContext &context);
void attachSchattenNorm(mlir::MLIRContext &context);
void attachSmoothedSpectralNorm(mlir::MLIRContext &context);
void attachSpectralNorms(mlir::MLIRContext &context);
void attachTransportedNorm(mlir::MLIRContext &context);
void attachWeightedNorm(mlir::MLIRContext &context);

/// The model of a norm; emits an error at the location of `m` when nobody
/// attached one.
NormModelAttrInterface getNormModel(matrix::FormulaBuilder &m,
                                    mlir::Attribute norm);

/// The model of the simpler norm that equals `norm` on tensors like `x`, or
/// null when there is none.
NormModelAttrInterface getCanonicalModel(matrix::FormulaBuilder &m,
                                         mlir::Attribute norm, mlir::Value x);

/// The model of the simpler norm where there is one, and of `norm` itself where
/// there is none; null after a diagnostic.
NormModelAttrInterface getSimplestModel(matrix::FormulaBuilder &m,
                                        mlir::Attribute norm, mlir::Value x);

/// radius * rows^a * cols^b * max(rows, cols)^c * min(rows, cols)^d as f64. A
/// vector is one row.
mlir::Value buildRadius(matrix::FormulaBuilder &m, ScaledAttr norm,
                        mlir::Value x);

/// 1 / s where s > 0, and 0 elsewhere.
mlir::Value inverseOrZero(matrix::FormulaBuilder &m, mlir::Value s);

/// s where s > 0, and 1 elsewhere: what zeros may be divided by.
mlir::Value positiveOrOne(matrix::FormulaBuilder &m, mlir::Value s);

/// t^p for t >= 0 and p > 0, by square roots and products when 4 p is a small
/// integer: they are vector instructions, a general power is not.
mlir::Value buildPower(matrix::FormulaBuilder &m, mlir::Value t, double p);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_NORMS_NORMS_H
