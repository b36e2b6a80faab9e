//===- Leaf.h - inverse factors of small matrices ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H

#include "lib/Target/CPU/Product/Emitter.h"
#include "lib/Target/CPU/Product/Tile.h"

namespace steepest::inverse {

/// The greatest order of a leaf. A row is one vector of this many elements: two
/// registers of AVX-512 for f32.
constexpr int64_t leafOrder = 32;

/// Writes the inverse of the Cholesky factor of A + pole I into the rows of
/// `into`, with zeros above the diagonal. Reads the lower triangle of A. A and
/// `into` have one order, at most `leafOrder`; `rows` has leafOrder^2 elements.
/// Returns whether every pivot was positive and finite; if not, the result is
/// arbitrary.
mlir::Value emitLeaf(product::Emitter &e, const product::ProductTile &tile,
                     const product::MatrixView &a, mlir::Value pole,
                     const product::MatrixView &into, mlir::Value rows);

} // namespace steepest::inverse

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_LEAF_H
