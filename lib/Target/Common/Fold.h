//===- Fold.h - sums, maxima and minima on scalars and vectors --*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_COMMON_FOLD_H
#define STEEPEST_LIB_TARGET_COMMON_FOLD_H

#include "dialect/Kernel/Kernel.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace steepest {

/// What a fold over nothing gives, as a constant of `type`, which is f32, f64,
/// i64 or a vector of one of them.
mlir::Value buildIdentity(mlir::ImplicitLocOpBuilder &builder,
                          kernel::ResultKind kind, mlir::Type type);

/// One step of the fold, elementwise.
mlir::Value buildCombine(mlir::ImplicitLocOpBuilder &builder,
                         kernel::ResultKind kind, mlir::Value a, mlir::Value b);

/// Folds vectors of equal length, a power of two, to one scalar: neighbours
/// first, then halves. The order is explicit, because a vector reduction
/// without reassociation is one long chain, and one with it is up to LLVM.
mlir::Value buildFoldAll(mlir::ImplicitLocOpBuilder &builder,
                         kernel::ResultKind kind, mlir::ValueRange vectors);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_FOLD_H
