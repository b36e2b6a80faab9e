//===- PolynomialSign.h - what polynomial routes share ----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "lib/Transforms/LowerSpectral/GramPrecision.h"

namespace steepest {
struct SignProblem;

/// X / ||X||_F in the type of X (0 for 0), and ||X||_F as f64.
struct Normalized {
  mlir::Value matrix, frobenius;
};
Normalized normalize(matrix::FormulaBuilder &m, mlir::Value x);

/// A first step (a, b, c) begins at Y / t^(1/2) instead of Y when, with
/// G = Y^T Y and t = ||G||_F, its coefficients are multiplied so:
///
///   Y / t^(1/2) (a I + b / t G + c / t^2 G^2),   t^(1/2) = ||Y||_S4.
///
/// That takes no pass over Y.
struct Rescaling {
  /// t^(1/2), 1 / t and 1 / t^(1/2) as f64, 0 for t = 0; null where nothing is
  /// rescaled.
  mlir::Value root, inverse, inverseRoot;

  /// For G of this value.
  static Rescaling of(matrix::FormulaBuilder &m, mlir::Value gram);
  /// coefficient / t^power in this type.
  mlir::Value scale(matrix::FormulaBuilder &m, double coefficient,
                    unsigned power, mlir::Type element) const;
};

/// `phi`, computed from X / `norm` by `steps` with values off by at most
/// `deviation` and what `rounded` says, if given, with its bounds; no singular
/// value of X exceeds `norm`, and `frobenius` is ||X||_F. From `lowest` on the
/// steps are close to 1.
matrix::FormulaBuilder::Msign
boundSign(matrix::FormulaBuilder &m, mlir::Value x, mlir::Value frobenius,
          mlir::Value norm, mlir::Value phi, const OddSteps &steps,
          double lowest, double deviation, const Deviation *rounded = nullptr);

/// Relative rounding of a chain of products in the element type, for bounds:
/// measured errors of five steps are 2e-6 in f32 and of 1e-14 in f64.
double roundingOfSteps(mlir::Type element);

/// The distance of 1 to the next number, for f32 and f64.
double unitOf(mlir::Type element);

/// What rounding does to steps on X itself, each of which begins with a fresh
/// Gram matrix, and to those in Gram form with restarts placed for `problem`.
Deviation deviationOfStandardSign(const SignProblem &problem);
Segments segmentsOfGramSign(const SignProblem &problem);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_POLYNOMIALSIGN_H
