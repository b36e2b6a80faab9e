//===- Cost.h - how long a kernel takes -------------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_COST_H
#define STEEPEST_LIB_TARGET_CPU_COST_H

#include "mlir/IR/Builders.h"

namespace steepest {

/// The estimated time of a kernel on one thread, as an `index`, in
/// floating-point operations of an f32 product at its full rate. `extent` gives
/// an extent of memory that the op works on, or null where it is unknown. Null
/// for ops that cost nothing worth counting.
mlir::Value buildKernelCost(
    mlir::OpBuilder &builder, mlir::Operation *op,
    llvm::function_ref<mlir::Value(mlir::Value memory, unsigned dim)> extent);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_COST_H
