//===- Packing.h - operands as contiguous panels ----------------*- C++ -*-===//
//
// A packed operand is a sequence of panels [panel][k][width], so that the inner
// loop reads both operands at consecutive addresses. Packing costs 2 % of a
// product of order 1024 when it works on registers (0.32 to 0.37 cycles per
// element with the transpose), and 30 to 55 % when it does not.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_PACKING_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_PACKING_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::product {

/// The piece of an operand to pack: `extent` rows or columns of the result
/// starting at `begin`, and `depth` terms of the sum, or pairs of them,
/// starting at `depthBegin`.
struct PackedPiece {
  mlir::Value begin, extent, depthBegin, depth;
  /// Rows or columns of the result from `limit` on do not exist. Their place in
  /// the last panel is filled with arbitrary numbers of the operand or zeros.
  mlir::Value limit;
};

/// Packs an operand whose rows run along the panel (op(B) = B, op(A) = A^T),
/// `inPairs` as in `Pairs.h`.
void emitCopyPack(Emitter &e, const MatrixView &source, mlir::Value buffer,
                  mlir::Value bufferOffset, const PackedPiece &piece,
                  int64_t width, bool inPairs);

/// Packs an operand whose rows run along k (op(A) = A, op(B) = B^T). Writes up
/// to `getPackSlack` elements past the last panel.
void emitTransposePack(Emitter &e, const MatrixView &source, mlir::Value buffer,
                       mlir::Value bufferOffset, const PackedPiece &piece,
                       int64_t width, const ProductTile &tile);

/// See `emitTransposePack`.
inline int64_t getPackSlack(int64_t width, const ProductTile &tile) {
  return tile.lanes * (width + 1);
}

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_PACKING_H
