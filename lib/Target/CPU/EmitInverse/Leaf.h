//===- Leaf.h - inverse factors of small matrices ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::inverse {

/// Matrices are split at multiples of this, the order of the smallest leaf.
constexpr int64_t splitUnit = 32;

/// The greatest order of a leaf: a multiple of `splitUnit`.
int64_t getLeafOrder(const product::ProductTile &tile);

/// Writes the inverse of the Cholesky factor of A + pole I into the rows of
/// `into`, with zeros above the diagonal. Reads the lower triangle of A. A and
/// `into` have one order, at most `width`, a multiple of the lanes of a
/// register; `rows` has width^2 elements. Returns whether every pivot was
/// positive and finite; if not, the result is arbitrary.
mlir::Value emitLeaf(product::Emitter &e, const product::ProductTile &tile,
                     int64_t width, const product::MatrixView &a,
                     mlir::Value pole, const product::MatrixView &into,
                     mlir::Value rows);

} // namespace steepest::inverse

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H
