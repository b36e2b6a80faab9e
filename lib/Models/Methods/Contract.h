//===- Contract.h - how accurate an msign must be ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_MODELS_METHODS_CONTRACT_H
#define STEEPEST_LIB_MODELS_METHODS_CONTRACT_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// The contract of `matrix.msign` that a direction asks for by its accuracy or
/// by polynomial steps; the default is a band of 1e-2 down to 1e-2 of the
/// largest singular value. Fails with a diagnostic for an unknown table.
mlir::FailureOr<mlir::Attribute> getMsignContract(DirectionOp op);

/// The contract with which msign(X) attains ||X||_* within a relative gap.
mlir::Attribute getContractForGap(DirectionOp op, double gap);

} // namespace steepest

#endif // STEEPEST_LIB_MODELS_METHODS_CONTRACT_H
