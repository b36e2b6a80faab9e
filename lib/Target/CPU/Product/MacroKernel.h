//===- MacroKernel.h - the loops around the tiles ---------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H

#include "lib/Target/CPU/Product/MicroKernel.h"

namespace steepest::product {

/// Sums and stores the tiles of a block.
void emitTiles(Emitter &e, const ProductTile &tile, const Block &block);

/// What is asked of a product; flags are of type i1. Without an addend and its
/// flag, `addend` and `beta` are arbitrary.
struct Problem {
  mlir::Value lhs, rhs, into, addend;
  mlir::Value alpha, beta, gamma;
  mlir::Value transposeLhs, transposeRhs;
  /// Whether C is known to be symmetric, and is to be completed by mirroring.
  mlir::Value symmetric, mirrors;
  /// Whether the factors as they are stored are lower triangular.
  mlir::Value lhsLower, rhsLower;
  mlir::Value hasAddend, hasGamma;
  /// Whether mirroring is for blocks on the diagonal alone, and whether factors
  /// are symmetric and in such lower blocks (`kernel::ProductOp`).
  mlir::Value mirrorsBlocks, lhsBlocks, rhsBlocks;
};

/// One piece of C, [rowBegin, rowEnd) x [columnBegin, columnEnd), computed by
/// one worker with panels of its own.
struct Slab {
  mlir::Value rowBegin, rowEnd, columnBegin, columnEnd;
  mlir::Value lhsBuffer, rhsBuffer;
};

/// What a slab is made of: calls of functions that all products share.
struct SlabCalls {
  /// Packs a piece of an operand (matrix, buffer, offset, `PackedPiece`).
  llvm::function_ref<void(bool transposing, mlir::ValueRange operands)> packLhs,
      packRhs;
  /// Whether some product has such a factor in lower blocks.
  bool hasLhsBlocks, hasRhsBlocks;
  llvm::function_ref<void(const Block &)> sumTiles;
  /// Mirrors columns of C (matrix, columnBegin, columnEnd, onlyBlocks).
  llvm::function_ref<void(mlir::ValueRange operands)> mirror;
};

/// Computes a slab. In a symmetric product the rows are those from
/// `columnBegin` to the last, tiles above the diagonal are left out, and the
/// result may be mirrored; slabs of other columns neither read nor write what
/// this one writes.
void emitSlab(Emitter &e, const ProductTile &tile, const Problem &problem,
              const Slab &slab, const SlabCalls &calls);

/// Whether an m x n x k product is one block, with both operands where they
/// are, for the calling thread.
mlir::Value buildIsSmall(Emitter &e, const ProductTile &tile,
                         const Problem &problem, mlir::Value m, mlir::Value n,
                         mlir::Value k);

/// Computes such a product. `noPanels` is any memory.
void emitSmall(Emitter &e, const Problem &problem, mlir::Value noPanels,
               mlir::Value m, mlir::Value n, mlir::Value k,
               const SlabCalls &calls);

/// Whether a product has one panel of columns and so few terms that calls would
/// take longer than sums; one that is symmetric, has triangular factors or a
/// transposed B never counts. For tiles with masks that are not in pairs.
mlir::Value buildIsTiny(Emitter &e, const ProductTile &tile,
                        const Problem &problem, mlir::Value m, mlir::Value n,
                        mlir::Value k);

/// Computes such a product without a call.
void emitTiny(Emitter &e, const ProductTile &tile, const Problem &problem,
              mlir::Value m, mlir::Value n, mlir::Value k);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_MACROKERNEL_H
