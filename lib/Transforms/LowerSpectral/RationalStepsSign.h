//===- RationalStepsSign.h - msign by functions in turn ---------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSTEPSSIGN_H
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSTEPSSIGN_H

#include "dialect/Matrix/Matrix.h"
#include "lib/Analysis/Cost/Machine.h"
#include "lib/Support/RationalSteps.h"

namespace steepest {

/// The functions of a forced contract, and the contract that forces them.
RationalSteps stepsOf(matrix::RationalStepsAttr contract);
matrix::RationalStepsAttr rationalStepsOf(mlir::MLIRContext *context,
                                          const RationalSteps &steps,
                                          double lowest);

/// What is asked of an exact polar factor: a multiple of the rounding of its
/// elements.
double getWorkingPrecision(mlir::Type element);

/// Of a polar factor.
Cost getRationalStepsCost(const RationalSteps &steps, mlir::Type element,
                          const Machine &machine);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL_RATIONALSTEPSSIGN_H
