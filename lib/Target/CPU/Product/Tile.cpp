//===- Tile.cpp - sizes of the pieces a product is cut into ---------------===//
//
// nr is two registers, so that one broadcast of an element of A feeds two
// multiply-adds: on Zen 5 an operand broadcast from memory in each multiply-add
// reaches 92 % of the peak, one broadcast for two 100 %. mr is what the
// register file then holds: 24 accumulators of 32 registers for AVX-512, 12 of
// 16 for AVX2, 8 of 16 for SSE2 (which needs room for the products, having no
// fused multiply-add).
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Product/Tile.h"

using namespace mlir;

namespace steepest::product {

LogicalResult verifyVectorBits(Operation *op, unsigned vectorBits) {
  if (vectorBits == 128 || vectorBits == 256 || vectorBits == 512)
    return success();
  return op->emitError() << "expects vector-bits to be 128, 256 or 512, got "
                         << vectorBits;
}

ProductTile getProductTile(Type factor, unsigned vectorBits) {
  bool isDouble = factor.isF64();
  int64_t lanesPer128 = isDouble ? 2 : 4;
  int64_t lanes = lanesPer128 * (vectorBits / 128);
  switch (vectorBits) {
  case 512:
    // The block of A takes 576 KiB (f64: 720) of a 1 MiB second-level cache. C
    // is read and written once for every kc terms: 1024 of them are a point
    // faster at order 1024 and 2048 than 768.
    if (isDouble)
      return {12, 16, 240, 384, 1024, lanes, lanesPer128};
    return {12, 32, 144, 1024, 1024, lanes, lanesPer128, factor.isBF16()};
  case 256:
    if (isDouble)
      return {6, 8, 96, 256, 1024, lanes, lanesPer128};
    return {6, 16, 144, 384, 1024, lanes, lanesPer128};
  default:
    if (isDouble)
      return {4, 4, 96, 256, 1024, lanes, lanesPer128};
    return {4, 8, 128, 384, 1024, lanes, lanesPer128};
  }
}

} // namespace steepest::product
