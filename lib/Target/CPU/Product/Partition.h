//===- Partition.h - pieces of a product for several workers ----*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_PARTITION_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_PARTITION_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/MacroKernel.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::product {

/// A piece of C. When symmetric, its columns from the diagonal down, and the
/// mirror image of that.
struct Piece {
  mlir::Value rowBegin, rowEnd, columnBegin, columnEnd;
};

/// Cuts an m x n x k product into pieces for the workers and emits `body` for
/// all of them: on the calling thread as one piece when the product is small.
/// Cuts are at multiples of mr rows or nr columns, so that only the last tiles
/// stick out.
void emitPieces(
    Emitter &e, const Problem &problem, const ProductTile &tile, mlir::Value m,
    mlir::Value n, mlir::Value k,
    llvm::function_ref<void(const Piece &, mlir::Value worker)> body);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_PARTITION_H
