//===- Tile.h - sizes of the pieces a product is cut into -------*- C++ -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_TILE_H
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_TILE_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace steepest::product {

/// How a product of one element type is cut on one target. The accumulators of
/// one mr x nr tile of C stay in registers while k runs. Panels of mr rows of A
/// (mc x kc of them) and of nr columns of B (kc x nc of them) are packed.
struct ProductTile {
  int64_t mr, nr;
  int64_t mc, kc, nc;
  /// Elements of one register, and of each 128 bits of it.
  int64_t lanes, lanesPer128;
  /// Whether factors are rounded to bf16 and terms taken in pairs (`Pairs.h`):
  /// kc counts pairs, and all panels are packed.
  bool inPairs = false;

  /// Whether loads and stores under a mask cost no more than others (AVX-512).
  bool hasMasks() const { return lanes == 4 * lanesPer128; }
};

/// The depth of a block of k is a multiple of this, except in the last block.
constexpr int64_t depthMultiple = 16;

/// Below this many multiply-adds a product runs on the calling thread: a region
/// takes 0.2 to 2 us, and what one worker has written must reach the other.
/// Measured on 2 cores, 2 threads against 1: 1.01 to 1.07 at 64 x 64 x 64 and
/// 0.84 to 0.89 where the result is symmetric, 1.18 to 1.29 at 96.
constexpr int64_t serialWork = 80 * 80 * 80;

/// Reports an option of a pass that is no width of registers.
llvm::LogicalResult verifyVectorBits(mlir::Operation *op, unsigned vectorBits);

/// The tile for factors of f32, f64 or bf16 and registers of 512 (AVX-512), 256
/// (AVX2) or 128 bits (SSE2, or anything else).
ProductTile getProductTile(mlir::Type factor, unsigned vectorBits);

} // namespace steepest::product

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_TILE_H
