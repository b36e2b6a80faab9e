//===- Band.h - functions that keep a band ----------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H

#include "dialect/Matrix/Matrix.h"

namespace steepest {

/// What the shorter side of X of this type can be at most; where no extent is
/// known that is taken to be 16384.
int64_t getMostShorterSide(mlir::RankedTensorType type);

/// The lowest singular value of a band for X with at most `shorterSide` rows or
/// columns, relative to ||X||_S4 <= min(rows, cols)^(1/4) ||X||_2.
double getLowestOfSchatten4(matrix::BandAttr band, int64_t shorterSide);

/// The fewest polynomial steps that keep a band; null when none do.
matrix::PolynomialsAttr getPolynomials(matrix::BandAttr band,
                                       mlir::RankedTensorType type);

/// The cheapest partial fractions that keep a band of U diag(s_i^power) V^T, 0
/// <= power < 1, for X with at most `shorterSide` rows or columns; null when
/// the element type does not allow any.
matrix::FractionsAttr getFractions(matrix::BandAttr band,
                                   mlir::RankedTensorType type, double power,
                                   int64_t shorterSide);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_BAND_H
