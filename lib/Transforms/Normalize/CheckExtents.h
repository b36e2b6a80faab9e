//===- CheckExtents.h - tensors of one rule fit together --------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKEXTENTS_H
#define STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKEXTENTS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// Fails, with an error at the operation, when operands whose extents are those
/// of different dimensions or parameters are put together as if they were of
/// one shape. Types of open extents do not tell; the memory would be read out
/// of bounds.
mlir::LogicalResult checkExtents(OptimizerOp optimizer);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_NORMALIZE_CHECKEXTENTS_H
