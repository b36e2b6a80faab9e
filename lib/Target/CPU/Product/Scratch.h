//===- Scratch.h - memory for packed operands -------------------*- C++ -*-===//
//
// A kernel never allocates: packed operands live in scratch that the caller
// hands in. One formula is used to size it and to cut it into the workers'
// pieces.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_SCRATCH_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_SCRATCH_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::product {

/// Scratch starts, and every worker's piece of it, at a multiple of this.
constexpr int64_t scratchAlignment = 64;

/// Bytes of scratch for one m x n x k product with `threads` workers, as an
/// index. For k, n, m small it is small.
mlir::Value buildProductScratchBytes(mlir::OpBuilder &builder,
                                     mlir::Location location, mlir::Value m,
                                     mlir::Value n, mlir::Value k,
                                     mlir::Value threads, mlir::Type element,
                                     const ProductTile &tile);

/// Bytes of scratch that every product with extents of at most m, n and k can
/// do with, for each worker.
mlir::Value buildProductScratchBound(Emitter &e, mlir::Value m, mlir::Value n,
                                     mlir::Value k, mlir::Type element,
                                     const ProductTile &tile);

/// Bytes for the panels of A and of B of one worker.
struct WorkerScratch {
  mlir::Value lhsBytes, rhsBytes;
};
WorkerScratch buildWorkerScratch(Emitter &e, mlir::Value m, mlir::Value n,
                                 mlir::Value k, mlir::Type element,
                                 const ProductTile &tile);

/// Whether an m x n x k product is worth several workers.
mlir::Value buildWorthWorkers(Emitter &e, mlir::Value m, mlir::Value n,
                              mlir::Value k);

/// With at most this many panels of columns of C, A is read where it is:
/// packing would cost more than it saves. More while all of A that is read
/// stays in the second-level cache: at 512 x 512 x 512, A B reaches 95 % of the
/// peak with A in place, 93 % with A packed; at 1024, 86 % and 90 % (Zen 5).
mlir::Value buildUnpackedColumnPanels(Emitter &e, mlir::Value lhsElements);

/// The least multiple of `multiple` such that as few blocks of it as of `limit`
/// cover `extent`: equal blocks rather than a small last one. Zero for zero.
mlir::Value buildBalancedBlock(Emitter &e, mlir::Value extent, int64_t limit,
                               int64_t multiple);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_SCRATCH_H
