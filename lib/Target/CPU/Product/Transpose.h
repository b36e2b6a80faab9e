//===- Transpose.h - transposing a block in registers -----------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_TRANSPOSE_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_TRANSPOSE_H

#include "lib/Target/CPU/Product/Emitter.h"

namespace steepest::product {

/// Transposes `lanes` registers of `lanes` elements, in place.
void transposeRegisters(Emitter &e, llvm::MutableArrayRef<mlir::Value> rows,
                        int64_t lanesPer128);

/// Copies columns [columnBegin, columnEnd) of the lower triangle of a square
/// matrix to the rows of the upper one: C_ji = C_ij for j < i, or only what is
/// in blocks on the diagonal (`kernel::ProductOp`). The columns
/// begin at a multiple of `lanes`, and end at one or with the matrix. Reads and
/// writes nothing else, so that pieces may be mirrored at the same time.
void emitMirror(Emitter &e, const MatrixView &matrix, mlir::Value columnBegin,
                mlir::Value columnEnd, mlir::Value onlyBlocks, int64_t lanes,
                int64_t lanesPer128);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_TRANSPOSE_H
