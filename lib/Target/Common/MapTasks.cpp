//===- MapTasks.cpp - cutting the index space of a map --------------------===//

#include "lib/Target/Common/MapTasks.h"

#include "lib/Target/CPU/Scratch.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

/// Elements of one task.
static constexpr int64_t taskElements = 16384;
/// Least width of a column block: runs long enough for the prefetchers. A sum
/// of 2048 x 2048 f32 to columns takes 0.163 ns per element with 128, 0.150
/// with 256, 0.138 with 512 and 0.102 with 1024 columns (one thread, Zen 5,
/// 2026-11); narrow ones leave more tasks.
static constexpr int64_t columnGrain = 256;

bool steepest::foldsTo(ArrayRef<ResultAttr> kinds, Extent extent) {
  return llvm::any_of(kinds, [&](ResultAttr result) {
    return result.getKind() != ResultKind::Store &&
           result.getExtent() == extent;
  });
}

MapTasks steepest::buildMapTasks(IndexBuilder &b, Value rows, Value cols,
                                 ArrayRef<ResultAttr> kinds) {
  bool foldsRows = foldsTo(kinds, Extent::Row);
  bool foldsColumns = foldsTo(kinds, Extent::Column);
  Value one = b.index(1), size = b.index(taskElements);
  if (foldsRows && foldsColumns)
    return {rows, cols, one, one};
  if (foldsColumns) {
    // All rows in each task, also when there are none: the folds still have to
    // be written.
    Value width = b.roundUp(b.div(size, b.max(rows, one)), columnGrain);
    width = b.max(width, b.index(columnGrain));
    Value tasks = b.ceilDiv(cols, width);
    return {rows, width, b.max(tasks, one), tasks};
  }
  Value width = foldsRows ? cols : b.min(cols, size);
  Value height = b.max(b.div(size, b.max(width, one)), one);
  Value rowTasks = b.ceilDiv(rows, height);
  if (foldsRows)
    return {height, width, one, rowTasks};
  Value colTasks = b.ceilDiv(cols, b.max(width, one));
  return {height, width, b.max(colTasks, one), b.mul(rowTasks, colTasks)};
}

Value steepest::buildMapScratchBytes(OpBuilder &builder, Location loc,
                                     Value rows, Value cols,
                                     ArrayRef<ResultAttr> kinds) {
  IndexBuilder b(loc, builder);
  int64_t scalars = llvm::count_if(kinds, [](ResultAttr result) {
    return result.getExtent() == Extent::Scalar;
  });
  if (scalars == 0)
    return b.index(0);
  return b.mul(buildMapTasks(b, rows, cols, kinds).count,
               scalars * bytesPerPartial);
}
