//===- Packing.cpp - operands as contiguous panels ------------------------===//

#include "lib/Target/CPU/Product/Packing.h"

#include "lib/Target/CPU/Product/Pairs.h"
#include "lib/Target/CPU/Product/Transpose.h"

using namespace mlir;

namespace steepest::product {

/// How many pairs of the piece have both of their terms, when the sum has
/// `terms` of them.
static Value countWholePairs(Emitter &e, Value terms,
                             const PackedPiece &piece) {
  Value left = e.sub(terms, e.mul(piece.depthBegin, 2));
  return e.min(piece.depth, e.div(left, e.index(2)));
}

/// Panels that are copied side by side. Rows of B are pages apart: where 128
/// bytes of each are taken at a time every row costs a miss in the first TLB,
/// and at a stride of 4 KiB all of them fall into two sets of the cache.
static constexpr int64_t panelsTogether = 4;

void emitCopyPack(Emitter &e, const MatrixView &source, Value buffer,
                  Value bufferOffset, const PackedPiece &piece, int64_t width,
                  bool inPairs) {
  Value zero = e.index(0), one = e.index(1);
  Value whole = inPairs ? countWholePairs(e, source.rows, piece) : piece.depth;
  Value panelSize = e.mul(piece.depth, width);
  // From one row of a panel to the next.
  Value step = inPairs ? e.mul(source.stride, 2) : source.stride;
  Value pieceOrigin = e.add(e.mul(piece.depthBegin, step), piece.begin);

  auto copyPanels = [&](Value first, int64_t panels,
                        function_ref<Value(Value)> load) {
    Value target = e.add(bufferOffset, e.mul(first, piece.depth));
    Value origin = e.add(pieceOrigin, first);
    auto copyRow = [&](Value k, bool isWhole) {
      Value at = e.add(origin, e.mul(k, step));
      Value to = e.add(target, e.mul(k, width));
      for (int64_t panel = 0; panel < panels; ++panel) {
        Value row = load(at);
        if (inPairs)
          row = roundTogether(e, row,
                              isWhole ? load(e.add(at, source.stride))
                                      : e.zeros(e.getF32Type(), width));
        e.store(row, buffer, to);
        at = e.add(at, width);
        to = e.add(to, panelSize);
      }
    };
    e.forEach(zero, whole, one, [&](Value k) { copyRow(k, true); });
    if (inPairs)
      e.when(e.less(whole, piece.depth), [&] { copyRow(whole, false); });
    return SmallVector<Value>();
  };
  auto loadRow = [&](Value at) { return e.load(source.flat, at, width); };

  Value inside = e.min(piece.extent, e.sub(piece.limit, piece.begin));
  Value together = e.roundDown(inside, panelsTogether * width);
  e.forEach(zero, together, e.index(panelsTogether * width),
            [&](Value panel) { copyPanels(panel, panelsTogether, loadRow); });
  e.forEach(together, piece.extent, e.index(width), [&](Value panel) {
    Value begin = e.add(piece.begin, panel);
    e.either(
        e.lessEqual(e.add(begin, width), piece.limit),
        [&] { return copyPanels(panel, 1, loadRow); },
        [&] {
          Value mask = e.maskBelow(e.sub(piece.limit, begin), width);
          return copyPanels(panel, 1, [&](Value at) {
            return e.maskedLoad(source.flat, at, mask);
          });
        });
  });
}

void emitTransposePack(Emitter &e, const MatrixView &source, Value buffer,
                       Value bufferOffset, const PackedPiece &piece,
                       int64_t width, const ProductTile &tile) {
  Value zero = e.index(0);
  int64_t lanes = tile.lanes;
  Value last = e.sub(piece.limit, e.index(1));
  // Terms of one element of a panel.
  int64_t terms = tile.inPairs ? 2 : 1;
  Value wholeDepth = e.roundDown(
      tile.inPairs ? countWholePairs(e, source.cols, piece) : piece.depth,
      lanes);

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
        origins.push_back(
            e.add(e.mul(row, source.stride), e.mul(piece.depthBegin, terms)));
      }
      Value blockTarget = e.add(target, block);
      auto transposeAt = [&](Value k, function_ref<Value(Value)> load) {
        SmallVector<Value> rows;
        for (Value origin : origins)
          rows.push_back(load(e.add(origin, e.mul(k, terms))));
        if (tile.inPairs)
          for (Value &row : rows)
            row = roundNeighbours(e, row);
        rows.resize(lanes, rows.back());
        transposeRegisters(e, rows, tile.lanesPer128);
        Value first = e.add(blockTarget, e.mul(k, width));
        for (int64_t x = 0; x < lanes; ++x)
          e.store(rows[x], buffer, e.add(first, x * width));
      };
      e.forEach(zero, wholeDepth, e.index(lanes), [&](Value k) {
        transposeAt(k, [&](Value at) {
          return e.load(source.flat, at, terms * lanes);
        });
      });
      e.when(e.less(wholeDepth, piece.depth), [&] {
        Value left =
            tile.inPairs
                ? e.sub(source.cols,
                        e.mul(e.add(piece.depthBegin, wholeDepth), terms))
                : e.sub(piece.depth, wholeDepth);
        Value mask = e.maskBelow(left, terms * lanes);
        transposeAt(wholeDepth, [&](Value at) {
          return e.maskedLoad(source.flat, at, mask);
        });
      });
    }
  });
}

} // namespace steepest::product
