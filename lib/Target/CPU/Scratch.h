//===- Scratch.h - how much scratch the kernels need ------------*- C++ -*-===//
//
// The memory planner asks for these numbers before the ops exist: shapes are
// index values, the answer is a number of bytes as an index value. What the
// emission carves out of a scratch operand fits in what is promised here.
// Maps and products have files of their own (Common/MapTasks.h,
// Product/Scratch.h).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_SCRATCH_H
#define STEEPEST_LIB_TARGET_CPU_SCRATCH_H

#include "dialect/Kernel/Kernel.h"

namespace steepest {

/// Scratch of a `kernel.eigh` of order `n` on `element` (f32 or f64).
mlir::Value buildEighScratchBytes(mlir::OpBuilder &builder, mlir::Location loc,
                                  mlir::Value n, mlir::Type element);

/// Scratch of a `kernel.rational` of order `n` with `poles` poles on `threads`
/// workers: an inverse factor and half of one more for each term that is
/// factored at the same time, and the packed operands of products.
mlir::Value buildRationalScratchBytes(mlir::OpBuilder &builder,
                                      mlir::Location loc, mlir::Value n,
                                      int64_t poles, mlir::Value threads,
                                      mlir::Type element, unsigned vectorBits);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CPU_SCRATCH_H
