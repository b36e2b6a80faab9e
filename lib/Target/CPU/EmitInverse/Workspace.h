//===- Workspace.h - memory for inverses ------------------------*- C++ -*-===//
//
// One formula sizes the scratch of a `kernel.rational` and cuts it: a slot for
// each term that may be factored at the same time, with its inverse factor, its
// Schur complements and the rows of a leaf; one truth value per slot; and the
// scratch of products, one piece per worker.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_WORKSPACE_H
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_WORKSPACE_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::inverse {

class Workspace {
public:
  using Value = mlir::Value;

  /// For matrices of order `n` and `poles` terms, with `threads` workers.
  Workspace(product::Emitter &e, Value n, int64_t poles, Value threads,
            mlir::Type element, const product::ProductTile &tile);

  /// Bytes in all.
  Value getBytes() const { return bytes; }
  /// How many terms may be factored at the same time.
  Value getSlots() const { return slots; }

  // Pieces of `scratch`. `slot` may depend on the task.
  Value getFactor(product::Emitter &e, Value scratch, Value slot) const;
  Value getSchur(product::Emitter &e, Value scratch, Value slot) const;
  Value getRows(product::Emitter &e, Value scratch, Value slot) const;
  /// A byte per slot.
  Value getFlags(product::Emitter &e, Value scratch) const;
  /// For products that run on all workers.
  Value getProductScratch(product::Emitter &e, Value scratch) const;
  /// For products within the task of one slot.
  Value getProductScratch(product::Emitter &e, Value scratch, Value slot) const;

private:
  Value getMatrix(product::Emitter &e, Value scratch, Value begin,
                  Value rows) const;

  mlir::Type element;
  int64_t rowsElements;
  /// Elements from row to row of a slot's matrices.
  Value n, schurRows, stride;
  Value factorBytes, schurBytes, slotBytes, slots;
  Value flagsBegin, productBegin, productBytes, bytes;
};

} // namespace steepest::inverse

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_WORKSPACE_H
