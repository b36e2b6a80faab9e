//===- PolynomialSign.h - what polynomial routes share ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Support/Polynomials.h"

namespace steepest {

/// X / ||X||_F in the type of X (0 for 0), and ||X||_F as f64.
struct Normalized {
  mlir::Value matrix, frobenius;
};
Normalized normalize(matrix::FormulaBuilder &m, mlir::Value x);

/// `phi`, computed from X by `steps` with values off by at most `deviation`,
/// with its bounds.
matrix::FormulaBuilder::Msign boundSign(matrix::FormulaBuilder &m,
                                        mlir::Value x, mlir::Value frobenius,
                                        mlir::Value phi, const OddSteps &steps,
                                        double deviation);

/// Relative rounding of a chain of products in the element type, for bounds:
/// measured errors of five steps are 2e-6 in f32 and of 1e-14 in f64.
double roundingOfSteps(mlir::Type element);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H
