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

/// How fine an index space is cut. The defaults are for a CPU.
struct MapCut {
  /// Elements of one task.
  int64_t taskElements = 16384;
  /// Least width of a column block: runs long enough for the prefetchers. A sum
  /// of 2048 x 2048 f32 to columns takes 0.163 ns per element with 128, 0.150
  /// with 256, 0.138 with 512 and 0.102 with 1024 columns (one thread, Zen 5,
  /// 2026-11); narrow ones leave more tasks.
  int64_t columnGrain = 256;
};

/// For the blocks of a GPU, of which hundreds run at once: 16 elements for each
/// thread, and as many columns as a warp has lanes.
constexpr MapCut deviceMapCut = {4096, 32};

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
                       llvm::ArrayRef<kernel::ResultAttr> kinds,
                       MapCut cut = {});

/// Scratch of a `kernel.map` over rows x cols: one partial result per task and
/// result to scalar. Zero when there is none.
mlir::Value buildMapScratchBytes(mlir::OpBuilder &builder, mlir::Location loc,
                                 mlir::Value rows, mlir::Value cols,
                                 llvm::ArrayRef<kernel::ResultAttr> kinds,
                                 MapCut cut = {});

/// Bytes between the partial results of consecutive results to scalar, for one
/// task: enough for any element type.
constexpr int64_t bytesPerPartial = 8;

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_MAPTASKS_H
