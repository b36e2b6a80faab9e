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

/// The sums over one block of k for a block of C, and where their terms are.
/// Rows and columns are numbered as in C.
struct Block {
  /// op(A) where it is: term k of row i at
  /// `lhsOrigin + i * rowStride + k * termStride`.
  mlir::Value lhs, lhsOrigin, rowStride, termStride;
  /// op(B) = B where it is: term k of column j at
  /// `rhsOrigin + k * rhsStride + j`.
  mlir::Value rhs, rhsOrigin, rhsStride;
  /// Panels of mr rows of A and nr columns of B, packed from `rowBegin` and
  /// `columnBegin` on. Those of A only whole ones. Null where the operands are
  /// known to be taken where they are.
  mlir::Value lhsPanels, rhsPanels;
  /// Whether to take the operands where they are.
  mlir::Value readLhs, readRhs;

  mlir::Value rowBegin, rowEnd, columnBegin, columnEnd;
  /// The first term, and how many there are.
  mlir::Value depthBegin, depth;
  /// Whether row i of op(A), which is triangular, begins or ends with term i;
  /// and column j of op(B) with term j.
  mlir::Value lhsBegins, lhsEnds, rhsBegins, rhsEnds;
  /// C is known to be symmetric, and only tiles that reach below its diagonal
  /// are wanted.
  mlir::Value symmetric;

  /// C = alpha sums + beta D + gamma I, without the last two terms if their
  /// flags are not set. C may be the same memory as D.
  MatrixView into, addend;
  mlir::Value alpha, beta, gamma;
  mlir::Value hasAddend, hasGamma;
};

/// The place of one tile: `rows` of at most mr rows, and columns up to the end
/// of the block.
struct TilePosition {
  mlir::Value row, rows, column;
};

/// The terms [begin, end), counted from the first of the block, that do not
/// vanish in some row and column of a tile. How C is cut changes which zeros
/// are among them, not the sums.
struct TileTerms {
  mlir::Value begin, end;
};
TileTerms buildTerms(Emitter &e, const ProductTile &tile, const Block &block,
                     const TilePosition &position);

/// Asks for the lines of C that the tile will write.
void emitTilePrefetch(Emitter &e, const ProductTile &tile, const Block &block,
                      const TilePosition &position);

/// Sums `terms` and stores one tile.
void emitTile(Emitter &e, const ProductTile &tile, const Block &block,
              const TilePosition &position, const TileTerms &terms);

/// Rows by which the sizes of tile differ that `emitTile` has loops for: the
/// last rows of C take their share of the time of a tile.
int64_t getRowStep(const ProductTile &tile);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_MICROKERNEL_H
