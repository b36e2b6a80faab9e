//===- Products.h - directions of several parameters ------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_NORMALIZE_PRODUCTS_H
#define STEEPEST_LIB_TRANSFORMS_NORMALIZE_PRODUCTS_H

#include "dialect/Steepest/Steepest.h"

namespace steepest {

/// Replaces directions of several parameters under one norm by a direction of
/// each, times a factor that couples them.
void splitProduct(DirectionsOp op, llvm::StringRef function);

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_NORMALIZE_PRODUCTS_H
