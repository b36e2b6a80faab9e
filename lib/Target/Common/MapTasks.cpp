//===- MapTasks.cpp - cutting the index space of a map --------------------===//

#include "lib/Target/Common/MapTasks.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

bool steepest::foldsTo(ArrayRef<ResultAttr> kinds, Extent extent) {
  return llvm::any_of(kinds, [&](ResultAttr result) {
    return result.getKind() != ResultKind::Store &&
           result.getExtent() == extent;
  });
}

MapTasks steepest::buildMapTasks(IndexBuilder &b, Value rows, Value cols,
                                 ArrayRef<ResultAttr> kinds, MapCut cut) {
  bool foldsRows = foldsTo(kinds, Extent::Row);
  bool foldsColumns = foldsTo(kinds, Extent::Column);
  Value one = b.index(1), size = b.index(cut.taskElements);
  if (foldsRows && foldsColumns)
    return {rows, cols, one, one};
  if (foldsColumns) {
    // All rows in each task, also when there are none: the folds still have to
    // be written.
    Value width = b.roundUp(b.div(size, b.max(rows, one)), cut.columnGrain);
    width = b.max(width, b.index(cut.columnGrain));
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
                                     ArrayRef<ResultAttr> kinds, MapCut cut) {
  IndexBuilder b(loc, builder);
  int64_t scalars = llvm::count_if(kinds, [](ResultAttr result) {
    return result.getExtent() == Extent::Scalar;
  });
  if (scalars == 0)
    return b.index(0);
  return b.mul(buildMapTasks(b, rows, cols, kinds, cut).count,
               scalars * bytesPerPartial);
}
