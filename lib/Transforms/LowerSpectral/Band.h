//===- Band.h - functions that keep a band ----------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H

#include "dialect/Matrix/Matrix.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"

namespace steepest {

/// What the shorter side of X of this type can be at most; where no extent is
/// known that is taken to be 16384.
int64_t getMostShorterSide(mlir::RankedTensorType type);

/// A singular value given relative to ||X||_2, for X with at most `shorterSide`
/// rows or columns at least so much of ||X||_S4 <= min(rows, cols)^(1/4)
/// ||X||_2.
double getLowestOfSchatten4(double lowest, int64_t shorterSide);

/// Polynomial steps that keep a band.
struct PolynomialChoice {
  matrix::PolynomialsAttr polynomials;
  /// What the cheapest route takes in the mean over the extents, and what it
  /// would with the fewest quintic steps, of which there are so many.
  double time, quinticTime;
  size_t quinticSteps;
};

/// The steps of degree 5 and 3 that keep a band in the least time, by the
/// cheapest route for each (`schedulesFor`); nothing when none do.
std::optional<PolynomialChoice> choosePolynomials(matrix::BandAttr band,
                                                  mlir::RankedTensorType type,
                                                  const SignTarget &target);

/// The cheapest partial fractions that keep a band of U diag(s_i^power) V^T, 0
/// <= power < 1, for X with at most `shorterSide` rows or columns; null when
/// the element type does not allow any.
matrix::FractionsAttr getFractions(matrix::BandAttr band,
                                   mlir::RankedTensorType type, double power,
                                   int64_t shorterSide);

/// The cheapest rational functions in turn that bring singular values from
/// `lowest` ||X||_2 on to within `error` of 1 and smaller ones into [0, 1 +
/// error]; null when float64 cannot.
matrix::RationalStepsAttr getRationalSteps(mlir::MLIRContext *context,
                                           double lowest, double error,
                                           mlir::RankedTensorType type);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H
