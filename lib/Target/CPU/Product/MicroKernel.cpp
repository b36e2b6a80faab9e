//===- MicroKernel.cpp - one tile of the result ---------------------------===//

#include "lib/Target/CPU/Product/MicroKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace steepest::product {

static Type getElement(const MatrixView &view) {
  return cast<MemRefType>(view.flat.getType()).getElementType();
}

namespace {

/// Emits the loops over k, one per size of the part of the tile that is needed.
/// Every element is summed alike in all of them.
class TileSum {
public:
  TileSum(Emitter &e, const ProductTile &tile, const TilePanels &panels,
          const TilePosition &position)
      : e(e), tile(tile), panels(panels), position(position) {}

  SmallVector<Value> sumPacked() {
    return sum(tile.mr, tile.nr, panels.lhs, [&](Value k, int64_t x) {
      return e.add(e.add(panels.lhsOffset, e.mul(k, tile.mr)), x);
    });
  }

  /// The rows that C has left here, of A in place. Fewer accumulators than the
  /// tile has serve for the last rows: a third of them in a third of the time.
  SmallVector<Value> sumInPlace(int64_t rows, int64_t width) {
    int64_t step = tile.mr % 3 == 0 ? tile.mr / 3 : tile.mr / 2;
    if (rows <= step)
      return sumRowsInPlace(rows, width);
    Value rowsLeft = e.sub(position.rowLimit, position.row);
    return e.either(
        e.less(e.index(rows - step), rowsLeft),
        [&] { return sumRowsInPlace(rows, width); },
        [&] { return sumInPlace(rows - step, width); });
  }

private:
  SmallVector<Value> sumRowsInPlace(int64_t rows, int64_t width) {
    // Rows that do not exist are read as the last one, and not stored.
    Value last = e.sub(position.rowLimit, e.index(1));
    SmallVector<Value> origins;
    for (int64_t x = 0; x < rows; ++x) {
      Value row = e.min(e.add(position.row, x), last);
      origins.push_back(e.add(panels.lhsOrigin, e.mul(row, panels.rowStride)));
    }
    return sum(rows, width, panels.lhsInPlace, [&](Value k, int64_t x) {
      return e.add(origins[x], e.mul(k, panels.termStride));
    });
  }

  /// The first `rows` rows and `width` columns of the tile; the others are
  /// arbitrary. `getLhs` is the place of term k of row x.
  SmallVector<Value> sum(int64_t rows, int64_t width, Value lhs,
                         function_ref<Value(Value k, int64_t x)> getLhs) {
    Type element = cast<MemRefType>(lhs.getType()).getElementType();
    SmallVector<Value> initial(rows, e.zeros(element, width));
    SmallVector<Value> sums = e.fold(
        e.index(0), panels.depth, e.index(1), initial,
        [&](Value k, ValueRange sums) {
          Value rhsAt = e.add(panels.rhsOffset, e.mul(k, panels.rhsStride));
          Value row = e.load(panels.rhs, rhsAt, width);
          SmallVector<Value> next;
          for (int64_t x = 0; x < rows; ++x) {
            Value scalar =
                memref::LoadOp::create(e, lhs, ValueRange(getLhs(k, x)));
            next.push_back(
                vector::FMAOp::create(e, e.splat(scalar, width), row, sums[x]));
          }
          return next;
        });
    if (width < tile.nr)
      for (Value &row : sums)
        row = e.widen(row, tile.nr);
    sums.resize(tile.mr, e.zeros(element, tile.nr));
    return sums;
  }

  Emitter &e;
  const ProductTile &tile;
  const TilePanels &panels;
  const TilePosition &position;
};

} // namespace

SmallVector<Value> emitAccumulators(Emitter &e, const ProductTile &tile,
                                    const TilePanels &panels,
                                    const TilePosition &position) {
  TileSum tileSum(e, tile, panels, position);
  Value rowsLeft = e.sub(position.rowLimit, position.row);
  Value columnsLeft = e.sub(position.columnLimit, position.column);
  // Half of the columns takes half of the time, too.
  int64_t half = tile.nr / 2;
  Value wide = e.less(e.index(half), columnsLeft);
  Value packed = e.logicalAnd(e.lessEqual(e.index(tile.mr), rowsLeft),
                              e.select(panels.readLhs, e.no(), wide));
  return e.either(
      packed, [&] { return tileSum.sumPacked(); },
      [&] {
        return e.either(
            wide, [&] { return tileSum.sumInPlace(tile.mr, tile.nr); },
            [&] { return tileSum.sumInPlace(tile.mr, half); });
      });
}

void emitTilePrefetch(Emitter &e, const ProductTile &tile,
                      const MatrixView &into, const TilePosition &position) {
  int64_t perLine = 512 / getElement(into).getIntOrFloatBitWidth();
  Value at = e.add(e.mul(position.row, into.stride), position.column);
  for (int64_t x = 0; x < tile.mr; ++x) {
    for (int64_t y = 0; y < tile.nr; y += perLine)
      memref::PrefetchOp::create(e, into.flat, ValueRange(e.add(at, y)),
                                 /*isWrite=*/true, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    at = e.add(at, into.stride);
  }
}

namespace {

/// Emits the rows of a tile, with or without a mask over the columns.
class RowStore {
public:
  RowStore(Emitter &e, const ProductTile &tile, const MatrixView &into,
           const Epilogue &epilogue, const TilePosition &position, Value mask)
      : e(e), tile(tile), into(into), epilogue(epilogue), position(position),
        mask(mask) {
    if (epilogue.alpha)
      alpha = e.splat(epilogue.alpha, tile.nr);
    if (epilogue.beta)
      beta = e.splat(epilogue.beta, tile.nr);
    if (epilogue.gamma)
      gamma = e.splat(epilogue.gamma, tile.nr);
  }

  /// alpha acc + beta D, for row x of the tile.
  Value start(Value sum, int64_t x) {
    Value row = sum;
    if (alpha)
      row = arith::MulFOp::create(e, alpha, row);
    if (beta)
      row = vector::FMAOp::create(e, beta, load(epilogue.addend, x), row);
    return row;
  }

  /// row + gamma I.
  Value shift(Value row, int64_t x) {
    Value diagonal = e.sub(e.add(position.row, x), position.column);
    Value shifted = arith::AddFOp::create(e, row, gamma);
    return e.select(e.maskAt(diagonal, tile.nr), shifted, row);
  }

  /// C + alpha acc.
  Value resume(Value sum, int64_t x) {
    Value old = load(into, x);
    if (alpha)
      return vector::FMAOp::create(e, alpha, sum, old);
    return arith::AddFOp::create(e, old, sum);
  }

  void store(Value row, int64_t x) {
    if (mask)
      e.maskedStore(row, into.flat, at(into, x), mask);
    else
      e.store(row, into.flat, at(into, x));
  }

private:
  Value at(const MatrixView &view, int64_t x) {
    return e.add(e.mul(e.add(position.row, x), view.stride), position.column);
  }
  Value load(const MatrixView &view, int64_t x) {
    if (mask)
      return e.maskedLoad(view.flat, at(view, x), mask);
    return e.load(view.flat, at(view, x), tile.nr);
  }

  Emitter &e;
  const ProductTile &tile;
  const MatrixView &into;
  const Epilogue &epilogue;
  const TilePosition &position;
  Value mask, alpha, beta, gamma;
};

} // namespace

void emitTileStore(Emitter &e, const ProductTile &tile,
                   ArrayRef<Value> accumulators, const MatrixView &into,
                   const Epilogue &epilogue, const TilePosition &position) {
  Value rowsLeft = e.sub(position.rowLimit, position.row);
  Value columnsLeft = e.sub(position.columnLimit, position.column);
  Value whole = e.logicalAnd(e.lessEqual(e.index(tile.mr), rowsLeft),
                             e.lessEqual(e.index(tile.nr), columnsLeft));
  auto meetsDiagonal = [&] {
    return e.logicalAnd(e.less(position.row, e.add(position.column, tile.nr)),
                        e.less(position.column, e.add(position.row, tile.mr)));
  };

  auto storeWhole = [&]() -> SmallVector<Value> {
    RowStore rows(e, tile, into, epilogue, position, /*mask=*/Value());
    auto start = [&] {
      SmallVector<Value> values;
      for (auto [x, sum] : llvm::enumerate(accumulators))
        values.push_back(rows.start(sum, x));
      if (!epilogue.gamma)
        return values;
      return e.either(
          meetsDiagonal(),
          [&] {
            SmallVector<Value> shifted;
            for (auto [x, row] : llvm::enumerate(values))
              shifted.push_back(rows.shift(row, x));
            return shifted;
          },
          [&] { return values; });
    };
    auto resume = [&] {
      SmallVector<Value> values;
      for (auto [x, sum] : llvm::enumerate(accumulators))
        values.push_back(rows.resume(sum, x));
      return values;
    };
    for (auto [x, row] :
         llvm::enumerate(e.either(position.first, start, resume)))
      rows.store(row, x);
    return {};
  };

  auto storePart = [&]() -> SmallVector<Value> {
    Value mask = e.maskBelow(columnsLeft, tile.nr);
    RowStore rows(e, tile, into, epilogue, position, mask);
    for (auto [number, sumOfRow] : llvm::enumerate(accumulators)) {
      int64_t x = number;
      Value sum = sumOfRow;
      e.when(e.less(e.index(x), rowsLeft), [&] {
        auto start = [&]() -> SmallVector<Value> {
          Value row = rows.start(sum, x);
          return {epilogue.gamma ? rows.shift(row, x) : row};
        };
        auto resume = [&]() -> SmallVector<Value> {
          return {rows.resume(sum, x)};
        };
        rows.store(e.either(position.first, start, resume).front(), x);
      });
    }
    return {};
  };
  e.either(whole, storeWhole, storePart);
}

} // namespace steepest::product
