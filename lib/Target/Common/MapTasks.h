//===- MapTasks.h - cutting the index space of a map ------------*- C++ -*-===//
//
// An index space is cut by its shape alone, never by the number of threads, so
// that sums have one order. A task has about 16 K elements: some microseconds
// of memory traffic, an order of magnitude more than a dispatch.
//
// A fold to `row` never splits a row, and a fold to `column` never splits a
// column: each is computed by one task, in order. A map that folds to both is
// one task.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_COMMON_MAPTASKS_H
#define STEEPEST_LIB_TARGET_COMMON_MAPTASKS_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"

namespace steepest {

/// Task t works on the block (t / colTasks, t % colTasks) of
/// rowsPerTask x colsPerTask elements.
struct MapTasks {
  mlir::Value rowsPerTask, colsPerTask;
  mlir::Value colTasks;
  mlir::Value count;
};

/// Whether a result folds to `extent`.
bool foldsTo(llvm::ArrayRef<kernel::ResultAttr> kinds, kernel::Extent extent);

MapTasks buildMapTasks(IndexBuilder &builder, mlir::Value rows,
                       mlir::Value cols,
                       llvm::ArrayRef<kernel::ResultAttr> kinds);

/// Bytes between the partial results of consecutive results to scalar, for one
/// task: enough for any element type.
constexpr int64_t bytesPerPartial = 8;

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_MAPTASKS_H
