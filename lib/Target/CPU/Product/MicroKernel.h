//===- MicroKernel.h - one tile of the result -------------------*- C++ -*-===//
//
// A tile of mr x nr elements of C is summed over one block of k in registers,
// then stored once. Every element is the same sequence of fused multiply-adds
// over k from 0, whatever the place of its tile and whether the tile sticks out
// of the matrix: results do not depend on how C is cut.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_MICROKERNEL_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_MICROKERNEL_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::product {

/// What one tile is the product of: terms [0, depth) of a packed panel of A, or
/// of rows of A where they are, and of rows of nr elements of B that are
/// `rhsStride` apart (nr when packed).
struct TilePanels {
  mlir::Value lhs, lhsOffset;
  /// Term k of row i of op(A) is at `i * rowStride + k * termStride` from
  /// `lhsOrigin`.
  mlir::Value lhsInPlace, lhsOrigin, rowStride, termStride;
  /// Whether to leave the packed panel alone even if it has all its rows.
  mlir::Value readLhs;
  mlir::Value rhs, rhsOffset, rhsStride;
  mlir::Value depth;
};

/// Where a tile is in C. Rows and columns from the limits on are not written.
struct TilePosition {
  mlir::Value row, column;
  mlir::Value rowLimit, columnLimit;
  /// True for the first block of k.
  mlir::Value first;
};

/// The terms of alpha A B + beta D + gamma I; null when absent.
struct Epilogue {
  mlir::Value alpha, beta, gamma;
  MatrixView addend;
};

/// The rows of the tile, summed over the panels. A panel of A that sticks out
/// of the matrix is read in place, so only whole ones need be packed.
llvm::SmallVector<mlir::Value> emitAccumulators(Emitter &e,
                                                const ProductTile &tile,
                                                const TilePanels &panels,
                                                const TilePosition &position);

/// Asks for the lines of C that the tile will write.
void emitTilePrefetch(Emitter &e, const ProductTile &tile,
                      const MatrixView &into, const TilePosition &position);

/// C = alpha acc + beta D + gamma I after the first block of k, C += alpha acc
/// after the others. Done in this order, C may be the same memory as D.
void emitTileStore(Emitter &e, const ProductTile &tile,
                   llvm::ArrayRef<mlir::Value> accumulators,
                   const MatrixView &into, const Epilogue &epilogue,
                   const TilePosition &position);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_MICROKERNEL_H
