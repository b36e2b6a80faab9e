//===- MapSweep.h - how a thread runs through a map -------------*- C++ -*-===//
//
// A thread sweeps over positions at a stride, with some columns at each: groups
// of `getLanes()` columns, 16 bytes of f32, or single ones. Loads of several
// groups come before the stores of the first, so that a thread has several in
// flight; where memory is not aligned groups are loaded element by element, in
// the same order of additions.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPSWEEP_H
#define STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPSWEEP_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"

namespace steepest {

/// One result of a map and where it goes.
struct MapResult {
  kernel::ResultAttr attr;
  mlir::Type element;
  /// The output, or the partial results for a fold to scalar.
  mlir::Value memory;

  bool isStore() const { return attr.getKind() == kernel::ResultKind::Store; }
  bool foldsTo(kernel::Extent extent) const {
    return !isStore() && attr.getExtent() == extent;
  }
};

/// One value per fold; null for stores.
using Folds = llvm::SmallVector<mlir::Value>;

/// A loop that carries folds.
Folds buildFoldLoop(
    IndexBuilder &builder, mlir::Value begin, mlir::Value end, mlir::Value step,
    Folds folds,
    llvm::function_ref<Folds(IndexBuilder &, mlir::Value, Folds)> body);

class MapSweep {
public:
  /// Row and column.
  using Position = std::pair<mlir::Value, mlir::Value>;
  using PositionOf = llvm::function_ref<Position(IndexBuilder &, mlir::Value)>;

  MapSweep(kernel::MapOp op, llvm::ArrayRef<MapResult> results);

  /// Columns of a group, and groups that are in flight.
  int64_t getLanes() const { return lanes; }
  int64_t getUnroll() const { return unroll; }

  /// Whether groups of columns can be loaded at once.
  mlir::Value buildAligned(IndexBuilder &builder);
  /// The folds of nothing.
  Folds identities(IndexBuilder &builder);

  /// Runs through positions `start`, `start` + `stride`, ... before `end` with
  /// `width` columns at each, and combines what is folded with `folds`.
  Folds run(IndexBuilder &builder, mlir::Value start, mlir::Value end,
            mlir::Value stride, int64_t width, int64_t unroll, bool aligned,
            Folds folds, PositionOf position);
  /// The same, in groups of lanes where `end` counts groups; by the way that
  /// `aligned` allows.
  Folds runGroups(IndexBuilder &builder, mlir::Value start, mlir::Value end,
                  mlir::Value stride, mlir::Value aligned, Folds folds,
                  PositionOf position);

private:
  int64_t alignmentOf(mlir::MemRefType type) const {
    int64_t bytes = type.getElementTypeBitWidth() / 8;
    return std::min<int64_t>(16, lanes * bytes);
  }

  kernel::MapOp op;
  llvm::ArrayRef<MapResult> results;
  int64_t lanes, unroll;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITDEVICE_MAPSWEEP_H
