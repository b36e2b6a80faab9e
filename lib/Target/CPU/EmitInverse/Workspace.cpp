//===- Workspace.cpp - memory for inverses --------------------------------===//

#include "lib/Target/CPU/EmitInverse/Workspace.h"

#include "lib/Target/CPU/EmitInverse/Factor.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "lib/Target/CPU/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::product;
using inverse::Workspace;

/// Elements that the stride of a matrix is an odd multiple of: a line of the
/// cache or two, so that consecutive rows fall into different sets whatever the
/// order.
static constexpr int64_t strideUnit = 16;

static int64_t getWidth(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

Workspace::Workspace(Emitter &e, Value n, int64_t poles, Value threads,
                     Type element, const ProductTile &tile)
    : element(element), rowsElements(getLeafOrder(tile) * getLeafOrder(tile)),
      n(n) {
  int64_t width = getWidth(element);
  Value units = e.ceilDiv(n, strideUnit);
  Value isEven = e.lessEqual(
      units, e.mul(e.div(units, e.index(2)), 2)); // units - units % 2
  stride =
      e.mul(e.add(units, e.select(isEven, e.index(1), e.index(0))), strideUnit);
  schurRows = e.sub(n, e.min(buildSplit(e, n), n));
  Value rowBytes = e.mul(stride, width);
  factorBytes = e.mul(n, rowBytes);
  schurBytes = e.mul(schurRows, rowBytes);
  slotBytes = e.add(e.add(factorBytes, schurBytes), rowsElements * width);
  slots = e.min(threads, e.index(poles));
  flagsBegin = e.mul(slots, slotBytes);
  productBegin = e.add(flagsBegin, e.roundUp(slots, scratchAlignment));
  productBytes = buildProductScratchBound(e, n, n, n, element, tile);
  bytes = e.add(productBegin, e.mul(threads, productBytes));
}

static Value buildView(Emitter &e, Value scratch, Value begin, Type element,
                       ValueRange sizes) {
  SmallVector<int64_t> shape(sizes.size(), ShapedType::kDynamic);
  return memref::ViewOp::create(e, MemRefType::get(shape, element), scratch,
                                begin, sizes);
}

Value Workspace::getMatrix(Emitter &e, Value scratch, Value begin,
                           Value rows) const {
  Value whole = buildView(e, scratch, begin, element, {rows, stride});
  OpFoldResult zero = e.getIndexAttr(0), one = e.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets{zero, zero}, sizes{rows, n},
      strides{one, one};
  Value columns = memref::SubViewOp::create(e, whole, offsets, sizes, strides);
  return memref::CastOp::create(e, getMatrixType(element), columns);
}

Value Workspace::getFactor(Emitter &e, Value scratch, Value slot) const {
  return getMatrix(e, scratch, e.mul(slot, slotBytes), n);
}

Value Workspace::getSchur(Emitter &e, Value scratch, Value slot) const {
  Value begin = e.add(e.mul(slot, slotBytes), factorBytes);
  return getMatrix(e, scratch, begin, schurRows);
}

Value Workspace::getRows(Emitter &e, Value scratch, Value slot) const {
  Value begin = e.add(e.add(e.mul(slot, slotBytes), factorBytes), schurBytes);
  Value view = buildView(e, scratch, begin, element, e.index(rowsElements));
  return memref::CastOp::create(e, getFlatType(element), view);
}

Value Workspace::getFlags(Emitter &e, Value scratch) const {
  return buildView(e, scratch, flagsBegin, e.getI8Type(), slots);
}

Value Workspace::getProductScratch(Emitter &e, Value scratch) const {
  return buildView(e, scratch, productBegin, e.getI8Type(),
                   e.sub(bytes, productBegin));
}

Value Workspace::getProductScratch(Emitter &e, Value scratch,
                                   Value slot) const {
  Value begin = e.add(productBegin, e.mul(slot, productBytes));
  return buildView(e, scratch, begin, e.getI8Type(), productBytes);
}

Value steepest::buildRationalScratchBytes(OpBuilder &builder, Location loc,
                                          Value n, int64_t poles, Value threads,
                                          Type element, unsigned vectorBits) {
  Emitter e(loc, builder);
  return Workspace(e, n, poles, threads, element,
                   getProductTile(element, vectorBits))
      .getBytes();
}
