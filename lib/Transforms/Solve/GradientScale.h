//===- GradientScale.h - gradients whose squares are numbers ----*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SOLVE_GRADIENTSCALE_H
#define STEEPEST_LIB_TRANSFORMS_SOLVE_GRADIENTSCALE_H

#include "dialect/Matrix/FormulaBuilder.h"
#include "dialect/Steepest/Method.h"

namespace steepest {

/// What a gradient of float64 is multiplied by so that its squares, and their
/// squares, are numbers: a power of two, 1 where max |G| is in [2^-200, 2^200].
/// Directions are the same for all multiples of a gradient; values and bounds
/// are divided by it. float32 needs none, as squares are formed in float64.
class GradientScale {
public:
  /// Builds what the gradient is multiplied by, and the product.
  GradientScale(matrix::FormulaBuilder &m, mlir::Value gradient);

  mlir::Value getScaled() const { return scaled; }

  mlir::Value apply(matrix::FormulaBuilder &m, mlir::Value value) const;

  /// Divides what is in units of the gradient: a bound above 0 stays above it,
  /// and a value stays a number.
  void undo(matrix::FormulaBuilder &m, SolvedDirection &solved) const;

private:
  /// What was made of the scaled gradient, made anew of the gradient itself if
  /// nothing was summed that could overflow: the scale would tie entries to
  /// the largest of all. Null otherwise.
  mlir::Value buildEntrywise(matrix::FormulaBuilder &m,
                             mlir::Value value) const;

  mlir::Value gradient, scaled;
  /// Null where nothing is scaled.
  mlir::Value factor, inverse;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_SOLVE_GRADIENTSCALE_H
