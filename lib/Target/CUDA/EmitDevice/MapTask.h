//===- MapTask.h - how a block does a task of a map -------------*- C++ -*-===//
//
// Within a task (Common/MapTasks.h) threads take groups of consecutive columns
// by what is folded:
//
//     nothing, or to scalar   threads run through the groups of the block of
//                             rows x columns
//     to row                  a warp per row; all warps on one row where there
//                             are fewer rows in a task than warps
//     to column               a lane per column, warps on every eighth row
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPTASK_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPTASK_H

#include "lib/Target/CUDA/EmitDevice/MapSweep.h"
#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "lib/Target/Common/MapTasks.h"

namespace steepest {

class MapTask {
public:
  MapTask(kernel::MapOp op, Team &team, llvm::ArrayRef<MapResult> results)
      : op(op), team(team), results(results), sweep(op, results) {}

  /// Whether groups of columns can be loaded at once.
  mlir::Value buildAligned(IndexBuilder &builder) {
    return sweep.buildAligned(builder);
  }
  /// Does task number `task`: stores, folds to rows or to columns, and leaves
  /// the partial results of folds to scalar.
  void emit(IndexBuilder &builder, const MapTasks &tasks, mlir::Value task,
            mlir::Value aligned);

private:
  struct Bounds {
    mlir::Value rowBegin, rowEnd, colBegin, colEnd;
  };

  Folds emitElements(IndexBuilder &builder, const Bounds &bounds,
                     mlir::Value aligned, Folds folds);
  Folds emitRows(IndexBuilder &builder, const MapTasks &tasks,
                 const Bounds &bounds, mlir::Value aligned, Folds folds);
  Folds emitColumns(IndexBuilder &builder, const Bounds &bounds, Folds folds);
  /// Writes the folds to row of one row, of which every thread of `warps` warps
  /// has a part.
  void storeRow(IndexBuilder &builder, mlir::Value row, mlir::Value active,
                mlir::Value warps, llvm::ArrayRef<mlir::Value> folds);

  kernel::MapOp op;
  Team &team;
  llvm::ArrayRef<MapResult> results;
  MapSweep sweep;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPTASK_H
