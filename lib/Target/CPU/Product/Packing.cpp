//===- Packing.cpp - operands as contiguous panels ------------------------===//

#include "lib/Target/CPU/Product/Packing.h"

#include "lib/Target/CPU/Product/Transpose.h"

using namespace mlir;

namespace steepest::product {

void emitCopyPack(Emitter &e, const MatrixView &source, Value buffer,
                  Value bufferOffset, const PackedPiece &piece, int64_t width) {
  Value zero = e.index(0), one = e.index(1);
  e.forEach(zero, piece.extent, e.index(width), [&](Value panel) {
    Value begin = e.add(piece.begin, panel);
    Value target = e.add(bufferOffset, e.mul(panel, piece.depth));
    Value origin = e.add(e.mul(piece.depthBegin, source.stride), begin);
    auto copyRows = [&](function_ref<Value(Value)> load) {
      e.forEach(zero, piece.depth, one, [&](Value k) {
        Value row = load(e.add(origin, e.mul(k, source.stride)));
        e.store(row, buffer, e.add(target, e.mul(k, width)));
      });
      return SmallVector<Value>();
    };
    e.either(
        e.lessEqual(e.add(begin, width), piece.limit),
        [&] {
          return copyRows(
              [&](Value at) { return e.load(source.flat, at, width); });
        },
        [&] {
          Value mask = e.maskBelow(e.sub(piece.limit, begin), width);
          return copyRows(
              [&](Value at) { return e.maskedLoad(source.flat, at, mask); });
        });
  });
}

void emitTransposePack(Emitter &e, const MatrixView &source, Value buffer,
                       Value bufferOffset, const PackedPiece &piece,
                       int64_t width, const ProductTile &tile) {
  Value zero = e.index(0);
  int64_t lanes = tile.lanes;
  Value last = e.sub(piece.limit, e.index(1));
  Value wholeDepth = e.roundDown(piece.depth, lanes);

  e.forEach(zero, piece.extent, e.index(width), [&](Value panel) {
    Value begin = e.add(piece.begin, panel);
    Value target = e.add(bufferOffset, e.mul(panel, piece.depth));

    // A register holds `lanes` rows of one k, which is more than what is left
    // of the panel when width is no multiple: the excess spills into the next k
    // and the next panel, which are written later. Hence k and panels ascend
    // and the blocks of one panel descend.
    for (int64_t block = llvm::alignTo(width, lanes) - lanes; block >= 0;
         block -= lanes) {
      int64_t count = std::min(lanes, width - block);
      SmallVector<Value> origins;
      for (int64_t x = 0; x < count; ++x) {
        Value row = e.min(e.add(begin, block + x), last);
        origins.push_back(e.add(e.mul(row, source.stride), piece.depthBegin));
      }
      Value blockTarget = e.add(target, block);
      auto transposeAt = [&](Value k, function_ref<Value(Value)> load) {
        SmallVector<Value> rows;
        for (Value origin : origins)
          rows.push_back(load(e.add(origin, k)));
        rows.resize(lanes, rows.back());
        transposeRegisters(e, rows, tile.lanesPer128);
        Value first = e.add(blockTarget, e.mul(k, width));
        for (int64_t x = 0; x < lanes; ++x)
          e.store(rows[x], buffer, e.add(first, x * width));
      };
      e.forEach(zero, wholeDepth, e.index(lanes), [&](Value k) {
        transposeAt(k,
                    [&](Value at) { return e.load(source.flat, at, lanes); });
      });
      e.when(e.less(wholeDepth, piece.depth), [&] {
        Value mask = e.maskBelow(e.sub(piece.depth, wholeDepth), lanes);
        transposeAt(wholeDepth, [&](Value at) {
          return e.maskedLoad(source.flat, at, mask);
        });
      });
    }
  });
}

} // namespace steepest::product
