//===- Scratch.cpp - memory for packed operands ---------------------------===//

#include "lib/Target/CPU/Product/Scratch.h"

#include "lib/Target/CPU/Product/Packing.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace steepest::product {

Value buildBalancedBlock(Emitter &e, Value extent, int64_t limit,
                         int64_t multiple) {
  Value blocks = e.max(e.ceilDiv(extent, limit), e.index(1));
  Value even = e.div(e.sub(e.add(extent, blocks), e.index(1)), blocks);
  return e.roundUp(even, multiple);
}

/// The panels of one worker for blocks of k of `depth` terms.
static WorkerScratch buildPanelScratch(Emitter &e, Value m, Value n,
                                       Value depth, Type element,
                                       const ProductTile &tile) {
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  auto panels = [&](Value extent, int64_t limit, int64_t width) {
    Value rows = e.min(e.roundUp(extent, width), e.index(limit));
    Value elements = e.add(e.mul(rows, depth), getPackSlack(width, tile));
    return e.roundUp(e.mul(elements, bytes), scratchAlignment);
  };
  return {panels(m, tile.mc, tile.mr), panels(n, tile.nc, tile.nr)};
}

WorkerScratch buildWorkerScratch(Emitter &e, Value m, Value n, Value k,
                                 Type element, const ProductTile &tile) {
  Value depth = e.min(buildBalancedBlock(e, k, tile.kc, depthMultiple), k);
  return buildPanelScratch(e, m, n, depth, element, tile);
}

Value buildProductScratchBound(Emitter &e, Value m, Value n, Value k,
                               Type element, const ProductTile &tile) {
  // More terms may make shorter blocks, but none is longer than this.
  Value depth = e.min(k, e.index(tile.kc));
  WorkerScratch worker = buildPanelScratch(e, m, n, depth, element, tile);
  return e.add(worker.lhsBytes, worker.rhsBytes);
}

Value buildWorthWorkers(Emitter &e, Value m, Value n, Value k) {
  return e.lessEqual(e.index(serialWork), e.mul(e.mul(m, n), k));
}

Value buildUnpackedColumnPanels(Emitter &e, Value lhsElements) {
  constexpr int64_t smallLhs = 512 * 512;
  return e.select(e.lessEqual(lhsElements, e.index(smallLhs)), e.index(16),
                  e.index(4));
}

Value buildProductScratchBytes(OpBuilder &builder, Location location, Value m,
                               Value n, Value k, Value threads, Type element,
                               const ProductTile &tile) {
  Emitter e(location, builder);
  WorkerScratch worker = buildWorkerScratch(e, m, n, k, element, tile);
  Value workers = e.select(buildWorthWorkers(e, m, n, k), threads, e.index(1));
  return e.mul(e.add(worker.lhsBytes, worker.rhsBytes), workers);
}

} // namespace steepest::product
