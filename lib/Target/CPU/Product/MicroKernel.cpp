//===- MicroKernel.cpp - one tile of the result ---------------------------===//

#include "lib/Target/CPU/Product/MicroKernel.h"

#include "lib/Target/CPU/Product/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace steepest::product {

int64_t getRowStep(const ProductTile &tile) {
  return tile.mr % 3 == 0 ? tile.mr / 3 : tile.mr / 2;
}

static Type getElement(const MatrixView &view) {
  return cast<MemRefType>(view.flat.getType()).getElementType();
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

TileTerms buildTerms(Emitter &e, const ProductTile &tile, const Block &block,
                     const TilePosition &position) {
  Value zero = e.index(0);
  auto startAt = [&](Value flag, Value term) {
    return e.select(flag, e.max(e.sub(term, block.depthBegin), zero), zero);
  };
  auto endAt = [&](Value flag, Value term) {
    Value end = e.max(e.sub(term, block.depthBegin), zero);
    return e.select(flag, e.min(end, block.depth), block.depth);
  };
  Value end = e.min(endAt(block.lhsEnds, e.add(position.row, position.rows)),
                    endAt(block.rhsEnds, e.add(position.column, tile.nr)));
  Value begin = e.max(startAt(block.lhsBegins, position.row),
                      startAt(block.rhsBegins, position.column));
  return {e.min(begin, end), end};
}

namespace {

/// Emits the loops over k, one per size of the part of the tile that is needed.
/// Every element is summed alike in all of them.
class TileSum {
public:
  TileSum(Emitter &e, const ProductTile &tile, const Block &block,
          const TilePosition &position, const TileTerms &terms)
      : e(e), tile(tile), block(block), position(position), terms(terms),
        columnsLeft(e.sub(block.columnEnd, position.column)) {
    if (!block.rhsPanels) {
      rhs = block.rhs;
      rhsOrigin = e.add(block.rhsOrigin, position.column);
      rhsStride = block.rhsStride;
      return;
    }
    Value inPlace = block.readRhs;
    // Without masks a panel that sticks out is packed in any case.
    if (!tile.hasMasks())
      inPlace =
          e.logicalAnd(inPlace, e.lessEqual(e.index(tile.nr), columnsLeft));
    Value packedAt =
        e.mul(e.sub(position.column, block.columnBegin), block.depth);
    rhs = e.select(inPlace, block.rhs, block.rhsPanels);
    rhsOrigin =
        e.select(inPlace, e.add(block.rhsOrigin, position.column), packedAt);
    rhsStride = e.select(inPlace, block.rhsStride, e.index(tile.nr));
  }

  /// The rows of the tile; what C does not have is arbitrary.
  SmallVector<Value> emit() {
    // Half of the columns takes half of the time, too. Of a symmetric result
    // only the columns up to the last row are wanted.
    int64_t half = tile.nr / 2;
    Value below = e.sub(e.add(position.row, position.rows), position.column);
    Value wanted =
        e.select(block.symmetric, e.min(columnsLeft, below), columnsLeft);
    Value wide = e.less(e.index(half), wanted);
    if (tile.inPairs)
      return e.either(
          wide, [&] { return sumPairs(tile.nr / pairLanes); },
          [&] { return sumPairs(half / pairLanes); });
    Value whole = e.logicalAnd(e.lessEqual(e.index(tile.mr), position.rows),
                               e.lessEqual(e.index(tile.nr), columnsLeft));
    Value packed =
        e.logicalAnd(e.logicalAnd(whole, wide), e.logicalNot(block.readLhs));
    auto part = [&](int64_t width) {
      return [this, width] { return sumInPlace(tile.mr, width); };
    };
    if (!block.lhsPanels)
      return e.either(wide, part(tile.nr), part(half));
    auto inPlace = [&] {
      // Nearly all tiles of a large product, whose loop needs no masks.
      Value isWhole = e.logicalAnd(whole, wide);
      return e.either(
          isWhole,
          [&] { return sumRowsInPlace(tile.mr, tile.nr, /*isWhole=*/true); },
          [&] { return e.either(wide, part(tile.nr), part(half)); });
    };
    return e.either(packed, [&] { return sumPacked(); }, inPlace);
  }

private:
  SmallVector<Value> sumPacked() {
    Value origin = e.mul(e.sub(position.row, block.rowBegin), block.depth);
    return sum(tile.mr, tile.nr, block.lhsPanels, /*mask=*/{},
               [&](Value k, int64_t x) {
                 return e.add(e.add(origin, e.mul(k, tile.mr)), x);
               });
  }

  /// The first `parts` registers of each row, one or both of them, each a dot
  /// product instruction; the others are arbitrary.
  SmallVector<Value> sumPairs(int64_t parts) {
    assert(tile.nr == 2 * pairLanes && "the tile of AVX-512");
    Value origin = e.mul(e.sub(position.row, block.rowBegin), block.depth);
    SmallVector<Value> initial(tile.mr * parts,
                               e.zeros(e.getF32Type(), pairLanes));
    SmallVector<Value> sums = e.fold(
        terms.begin, terms.end, e.index(1), initial,
        [&](Value k, ValueRange sums) {
          Value lhsAt = e.add(origin, e.mul(k, tile.mr));
          Value rhsAt = e.add(rhsOrigin, e.mul(k, tile.nr));
          SmallVector<Value> columns, next;
          for (int64_t part = 0; part < parts; ++part)
            columns.push_back(e.load(
                block.rhsPanels, e.add(rhsAt, part * pairLanes), pairLanes));
          for (int64_t x = 0; x < tile.mr; ++x) {
            Value pair = memref::LoadOp::create(e, block.lhsPanels,
                                                ValueRange(e.add(lhsAt, x)));
            Value row = e.splat(pair, pairLanes);
            for (int64_t part = 0; part < parts; ++part)
              next.push_back(
                  addPairs(e, sums[x * parts + part], row, columns[part]));
          }
          return next;
        });
    SmallVector<Value> rows;
    for (int64_t x = 0; x < tile.mr; ++x)
      rows.push_back(parts == 1
                         ? e.widen(sums[x], tile.nr)
                         : e.concat(sums[parts * x], sums[parts * x + 1]));
    return rows;
  }

  /// Up to `rows` rows of A in place.
  SmallVector<Value> sumInPlace(int64_t rows, int64_t width) {
    int64_t step = getRowStep(tile);
    if (rows <= step)
      return sumRowsInPlace(rows, width, /*isWhole=*/false);
    return e.either(
        e.less(e.index(rows - step), position.rows),
        [&] { return sumRowsInPlace(rows, width, /*isWhole=*/false); },
        [&] { return sumInPlace(rows - step, width); });
  }

  SmallVector<Value> sumRowsInPlace(int64_t rows, int64_t width, bool isWhole) {
    // Rows that do not exist are read as the last one, and not stored.
    Value last = e.sub(position.rows, e.index(1));
    SmallVector<Value> origins;
    for (int64_t x = 0; x < rows; ++x) {
      Value offset = isWhole ? e.index(x) : e.min(e.index(x), last);
      Value row = e.add(position.row, offset);
      origins.push_back(e.add(block.lhsOrigin, e.mul(row, block.rowStride)));
    }
    Value mask;
    if (tile.hasMasks() && !isWhole)
      mask = e.maskBelow(columnsLeft, width);
    return sum(rows, width, block.lhs, mask, [&](Value k, int64_t x) {
      return e.add(origins[x], e.mul(k, block.termStride));
    });
  }

  /// The first `rows` rows and `width` columns of the tile; the others are
  /// arbitrary. `getLhs` is the place of term k of row x; columns of B outside
  /// of the mask, if there is one, are not read.
  SmallVector<Value> sum(int64_t rows, int64_t width, Value lhs, Value mask,
                         function_ref<Value(Value k, int64_t x)> getLhs) {
    Type element = getElement(block.into);
    Value ahead = e.mul(rhsStride, prefetchDistance);
    SmallVector<Value> initial(rows, e.zeros(element, width));
    SmallVector<Value> sums =
        e.fold(terms.begin, terms.end, e.index(1), initial,
               [&](Value k, ValueRange sums) {
                 Value at = e.add(rhsOrigin, e.mul(k, rhsStride));
                 if (lhs == block.lhs)
                   prefetchRow(e.add(at, ahead), width);
                 Value row = mask ? e.maskedLoad(rhs, at, mask)
                                  : e.load(rhs, at, width);
                 SmallVector<Value> next;
                 for (int64_t x = 0; x < rows; ++x) {
                   Value scalar =
                       memref::LoadOp::create(e, lhs, ValueRange(getLhs(k, x)));
                   next.push_back(vector::FMAOp::create(
                       e, e.splat(scalar, width), row, sums[x]));
                 }
                 return next;
               });
    if (width < tile.nr)
      for (Value &row : sums)
        row = e.widen(row, tile.nr);
    sums.resize(tile.mr, e.zeros(element, tile.nr));
    return sums;
  }

  /// Rows of a wide B in place are pages apart, which the processor does not
  /// foresee.
  void prefetchRow(Value at, int64_t width) {
    int64_t perLine = 512 / getElement(block.into).getIntOrFloatBitWidth();
    for (int64_t y = 0; y < width; y += perLine)
      memref::PrefetchOp::create(e, rhs, ValueRange(e.add(at, y)),
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
  }
  static constexpr int64_t prefetchDistance = 16;

  Emitter &e;
  const ProductTile &tile;
  const Block &block;
  const TilePosition &position;
  const TileTerms &terms;
  Value columnsLeft;
  Value rhs, rhsOrigin, rhsStride;
};

} // namespace

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

void emitTilePrefetch(Emitter &e, const ProductTile &tile, const Block &block,
                      const TilePosition &position) {
  int64_t perLine = 512 / getElement(block.into).getIntOrFloatBitWidth();
  Value at = e.add(e.mul(position.row, block.into.stride), position.column);
  for (int64_t x = 0; x < tile.mr; ++x) {
    for (int64_t y = 0; y < tile.nr; y += perLine)
      memref::PrefetchOp::create(e, block.into.flat, ValueRange(e.add(at, y)),
                                 /*isWrite=*/true, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    at = e.add(at, block.into.stride);
  }
}

namespace {

/// Emits the epilogue and the stores of rows of a tile, with or without a mask
/// over the columns.
class RowStore {
public:
  RowStore(Emitter &e, const ProductTile &tile, const Block &block,
           const TilePosition &position, ArrayRef<Value> sums, Value mask)
      : e(e), tile(tile), block(block), position(position), sums(sums),
        mask(mask) {}

  /// Rows [begin, end) of the tile.
  void store(int64_t begin, int64_t end) {
    SmallVector<Value> rows;
    Value alpha = e.splat(block.alpha, tile.nr);
    for (Value sum : sums.slice(begin, end - begin))
      rows.push_back(arith::MulFOp::create(e, alpha, sum));
    rows = e.either(
        block.hasAddend,
        [&] {
          SmallVector<Value> added;
          Value beta = e.splat(block.beta, tile.nr);
          for (auto [x, row] : llvm::enumerate(rows))
            added.push_back(vector::FMAOp::create(
                e, beta, load(block.addend, begin + x), row));
          return added;
        },
        [&] { return rows; });
    rows = e.either(
        e.logicalAnd(block.hasGamma, meetsDiagonal()),
        [&] {
          SmallVector<Value> shifted;
          Value gamma = e.splat(block.gamma, tile.nr);
          for (auto [x, row] : llvm::enumerate(rows)) {
            Value diagonal =
                e.sub(e.add(position.row, begin + x), position.column);
            shifted.push_back(e.select(e.maskAt(diagonal, tile.nr),
                                       arith::AddFOp::create(e, row, gamma),
                                       row));
          }
          return shifted;
        },
        [&] { return rows; });
    for (auto [x, row] : llvm::enumerate(rows)) {
      Value at = getPlace(block.into, begin + x);
      if (mask)
        e.maskedStore(row, block.into.flat, at, mask);
      else
        e.store(row, block.into.flat, at);
    }
  }

private:
  Value meetsDiagonal() {
    return e.logicalAnd(e.less(position.row, e.add(position.column, tile.nr)),
                        e.less(position.column, e.add(position.row, tile.mr)));
  }
  Value getPlace(const MatrixView &view, int64_t x) {
    return e.add(e.mul(e.add(position.row, x), view.stride), position.column);
  }
  Value load(const MatrixView &view, int64_t x) {
    if (mask)
      return e.maskedLoad(view.flat, getPlace(view, x), mask);
    return e.load(view.flat, getPlace(view, x), tile.nr);
  }

  Emitter &e;
  const ProductTile &tile;
  const Block &block;
  const TilePosition &position;
  ArrayRef<Value> sums;
  Value mask;
};

} // namespace

void emitTile(Emitter &e, const ProductTile &tile, const Block &block,
              const TilePosition &position, const TileTerms &terms) {
  SmallVector<Value> sums = TileSum(e, tile, block, position, terms).emit();
  Value columnsLeft = e.sub(block.columnEnd, position.column);
  Value whole = e.logicalAnd(e.lessEqual(e.index(tile.mr), position.rows),
                             e.lessEqual(e.index(tile.nr), columnsLeft));
  auto storeWhole = [&]() -> SmallVector<Value> {
    RowStore(e, tile, block, position, sums, /*mask=*/Value())
        .store(0, tile.mr);
    return {};
  };
  // In groups of rows as long as they are full.
  auto storePart = [&]() -> SmallVector<Value> {
    Value mask = e.maskBelow(columnsLeft, tile.nr);
    RowStore rows(e, tile, block, position, sums, mask);
    int64_t step = getRowStep(tile);
    for (int64_t begin = 0; begin < tile.mr; begin += step)
      e.either(
          e.lessEqual(e.index(begin + step), position.rows),
          [&]() -> SmallVector<Value> {
            rows.store(begin, begin + step);
            return {};
          },
          [&]() -> SmallVector<Value> {
            // The last row of a group that is not full does not exist.
            for (int64_t x = begin; x + 1 < begin + step; ++x)
              e.when(e.less(e.index(x), position.rows),
                     [&] { rows.store(x, x + 1); });
            return {};
          });
    return {};
  };
  e.either(whole, storeWhole, storePart);
}

} // namespace steepest::product
