//===- MacroKernel.cpp - the loops around the tiles -----------------------===//
//
// Columns of C in blocks of nc, k in blocks of kc, rows in blocks of mc: a
// packed kc x nc block of B stays in the third-level cache, a packed mc x kc
// block of A in the second.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Product/MacroKernel.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Packing.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace steepest::product {

/// Where rows of an operand are read once or a few times, packing costs more
/// than it saves. B stays where it is with at most this many panels of rows.
static constexpr int64_t unpackedRowPanels = 4;
/// The same when all of B is this small (256 KiB of f32). At 256 x 256 x 256,
/// A B reaches 95 % of the peak with both operands in place, 93 % with A alone,
/// 90 % with both packed (Zen 5).
static constexpr int64_t unpackedSmallRowPanels = 22;
static constexpr int64_t smallRhs = 256 * 256;
/// Up to so many panels of rows and terms the passing of arguments is what a
/// product of one panel of columns takes: 155 cycles at order 8, of which the
/// sums need 32.
static constexpr int64_t tinyRowPanels = 2, tinyDepth = 64;
/// Up to this depth of a block writing C takes longer than the sums. Written
/// along rows, 1024 x 1024 f32 with depth 1, 4, 16, 64 takes 0.17, 0.19, 0.47
/// and 0.97 of the time that it takes along columns (Zen 5).
static constexpr int64_t shallowDepth = 64;

namespace {

/// Rows of a block, cut into tiles: whole ones, and a last one that has
/// what is left. When that is very little it takes rows from the one before: at
/// mr = 12, two tiles of up to 8 rows instead of 12 and 4.
class RowTiles {
public:
  RowTiles(Emitter &e, const ProductTile &tile, Value rowBegin, Value rowEnd)
      : e(e), tile(tile), rowBegin(rowBegin), extent(e.sub(rowEnd, rowBegin)),
        count(e.ceilDiv(extent, tile.mr)) {
    lastBegin = e.mul(e.sub(count, e.index(1)), tile.mr);
    int64_t step = getRowStep(tile);
    // Panels of pairs are packed, and whole.
    if (tile.mr <= 2 * step || tile.inPairs)
      return;
    Value isShort = e.lessEqual(e.sub(extent, lastBegin), e.index(step));
    Value several = e.less(e.index(1), count);
    lastBegin = e.sub(lastBegin, e.select(e.logicalAnd(isShort, several),
                                          e.index(step), e.index(0)));
  }

  Value getCount() const { return count; }

  TilePosition get(Value number, Value column) const {
    Value begin = e.min(e.mul(number, tile.mr), lastBegin);
    Value next = e.add(number, 1);
    Value end = e.select(e.less(next, count),
                         e.min(e.mul(next, tile.mr), lastBegin), extent);
    return {e.add(rowBegin, begin), e.sub(end, begin), column};
  }

private:
  Emitter &e;
  const ProductTile &tile;
  Value rowBegin, extent, count, lastBegin;
};

} // namespace

void emitTiles(Emitter &e, const ProductTile &tile, const Block &block) {
  Value zero = e.index(0), one = e.index(1);
  Value rows = e.ceilDiv(e.sub(block.rowEnd, block.rowBegin), tile.mr);
  Value columns = e.ceilDiv(e.sub(block.columnEnd, block.columnBegin), tile.nr);
  // For each panel of B those of A, which are the smaller ones. With little
  // depth C is what matters, and is written along its rows.
  Value along = e.select(block.symmetric, e.no(),
                         e.lessEqual(block.depth, e.index(shallowDepth)));
  Value packed = e.logicalNot(block.readLhs);
  e.forEach(zero, e.select(along, rows, columns), one, [&](Value outer) {
    // The first tile that reaches below the diagonal. In place it begins there,
    // which leaves less above.
    Value firstColumn = e.add(block.columnBegin, e.mul(outer, tile.nr));
    Value above = e.max(e.sub(firstColumn, block.rowBegin), zero);
    Value skipped = e.select(packed, e.roundDown(above, tile.mr), above);
    Value firstRow = e.min(e.add(block.rowBegin, skipped), block.rowEnd);
    RowTiles rowTiles(e, tile,
                      e.select(block.symmetric, firstRow, block.rowBegin),
                      block.rowEnd);
    e.forEach(
        zero, e.select(along, columns, rowTiles.getCount()), one,
        [&](Value inner) {
          Value column = e.add(block.columnBegin,
                               e.mul(e.select(along, inner, outer), tile.nr));
          TilePosition position =
              rowTiles.get(e.select(along, outer, inner), column);
          TileTerms terms = buildTerms(e, tile, block, position);
          // The first block stores the epilogue in any case.
          Value isFirst = e.equal(block.depthBegin, zero);
          Value hasTerms = e.less(terms.begin, terms.end);
          e.when(e.select(hasTerms, e.yes(), isFirst), [&] {
            // Small results are in the first-level cache anyway.
            e.when(packed, [&] { emitTilePrefetch(e, tile, block, position); });
            emitTile(e, tile, block, position, terms);
          });
        });
  });
}

/// What all blocks of a product have in common.
static Block buildBlock(Emitter &e, const Problem &problem,
                        const MatrixView &lhs, const MatrixView &rhs) {
  Value one = e.index(1);
  Block block;
  block.lhs = lhs.flat;
  block.rowStride = e.select(problem.transposeLhs, one, lhs.stride);
  block.termStride = e.select(problem.transposeLhs, lhs.stride, one);
  block.rhs = rhs.flat;
  block.rhsStride = rhs.stride;
  block.into = e.view(problem.into);
  block.addend = e.view(problem.addend);
  block.alpha = problem.alpha;
  block.beta = problem.beta;
  block.gamma = problem.gamma;
  block.symmetric = problem.symmetric;
  Value lhsNot = e.logicalNot(problem.transposeLhs);
  Value rhsNot = e.logicalNot(problem.transposeRhs);
  block.lhsBegins = e.logicalAnd(problem.lhsLower, problem.transposeLhs);
  block.lhsEnds = e.logicalAnd(problem.lhsLower, lhsNot);
  block.rhsBegins = e.logicalAnd(problem.rhsLower, rhsNot);
  block.rhsEnds = e.logicalAnd(problem.rhsLower, problem.transposeRhs);
  block.hasAddend = problem.hasAddend;
  block.hasGamma = problem.hasGamma;
  return block;
}

/// Whether B is read where it is for `rows` rows of C.
static Value buildReadsRhs(Emitter &e, const ProductTile &tile,
                           const Problem &problem, Value rows,
                           Value rhsElements) {
  if (tile.inPairs)
    return e.no();
  auto atMost = [&](int64_t panels) {
    return e.lessEqual(rows, e.index(panels * tile.mr));
  };
  Value few =
      e.select(e.lessEqual(rhsElements, e.index(smallRhs)),
               atMost(unpackedSmallRowPanels), atMost(unpackedRowPanels));
  return e.logicalAnd(few, e.logicalNot(problem.transposeRhs));
}

/// Whether A is, for `columns` columns of C.
static Value buildReadsLhs(Emitter &e, const ProductTile &tile, Value columns,
                           Value lhsElements) {
  if (tile.inPairs)
    return e.no();
  Value panels = buildUnpackedColumnPanels(e, lhsElements);
  return e.lessEqual(columns, e.mul(panels, tile.nr));
}

Value buildIsSmall(Emitter &e, const ProductTile &tile, const Problem &problem,
                   Value m, Value n, Value k) {
  if (!tile.hasMasks() || tile.inPairs)
    return e.no();
  Value inPlace = e.logicalAnd(buildReadsRhs(e, tile, problem, m, e.mul(k, n)),
                               buildReadsLhs(e, tile, n, e.mul(m, k)));
  Value oneBlock = e.lessEqual(k, e.index(tile.kc));
  Value serial = e.logicalNot(buildWorthWorkers(e, m, n, k));
  return e.logicalAnd(inPlace, e.logicalAnd(oneBlock, serial));
}

void emitSmall(Emitter &e, const Problem &problem, Value noPanels, Value m,
               Value n, Value k, const SlabCalls &calls) {
  Value zero = e.index(0);
  Block block =
      buildBlock(e, problem, e.view(problem.lhs), e.view(problem.rhs));
  block.lhsPanels = block.rhsPanels = noPanels;
  block.readLhs = block.readRhs = e.yes();
  block.lhsOrigin = block.rhsOrigin = zero;
  block.rowBegin = block.columnBegin = zero;
  block.rowEnd = m;
  block.columnEnd = n;
  block.depthBegin = zero;
  block.depth = k;
  calls.sumTiles(block);
  e.when(problem.mirrors,
         [&] { calls.mirror({problem.into, zero, n, problem.mirrorsBlocks}); });
}

Value buildIsTiny(Emitter &e, const ProductTile &tile, const Problem &problem,
                  Value m, Value n, Value k) {
  Value isPlain = e.yes();
  for (Value flag : {problem.transposeRhs, problem.symmetric, problem.lhsLower,
                     problem.rhsLower})
    isPlain = e.logicalAnd(isPlain, e.logicalNot(flag));
  Value isOnePanel = e.lessEqual(n, e.index(tile.nr));
  Value isShort = e.logicalAnd(e.lessEqual(m, e.index(tinyRowPanels * tile.mr)),
                               e.lessEqual(k, e.index(tinyDepth)));
  return e.logicalAnd(isPlain, e.logicalAnd(isOnePanel, isShort));
}

void emitTiny(Emitter &e, const ProductTile &tile, const Problem &problem,
              Value m, Value n, Value k) {
  Value zero = e.index(0);
  Block block =
      buildBlock(e, problem, e.view(problem.lhs), e.view(problem.rhs));
  block.readLhs = block.readRhs = e.yes();
  block.symmetric = e.no();
  block.lhsOrigin = block.rhsOrigin = zero;
  block.rowBegin = block.columnBegin = zero;
  block.rowEnd = m;
  block.columnEnd = n;
  block.depthBegin = zero;
  block.depth = k;
  RowTiles rowTiles(e, tile, block.rowBegin, block.rowEnd);
  e.forEach(zero, rowTiles.getCount(), e.index(1), [&](Value number) {
    emitTile(e, tile, block, rowTiles.get(number, zero), {zero, k});
  });
}

/// Packs rows or columns [begin, begin + extent) of a symmetric factor in lower
/// blocks in panels of `width`. What comes first of a panel's terms stands in
/// the rows of the block on the diagonal, the rest in its columns.
static void packBlocks(
    Emitter &e, const PackedPiece &piece, int64_t width, bool inPairs,
    function_ref<void(bool transposing, const PackedPiece &, Value)> pack) {
  constexpr int64_t order = kernel::ProductOp::diagonalBlock;
  Value zero = e.index(0), depthEnd = e.add(piece.depthBegin, piece.depth);
  e.forEach(zero, piece.extent, e.index(width), [&](Value panel) {
    Value first = e.add(piece.begin, panel);
    Value extent = e.min(e.sub(piece.extent, panel), e.index(width));
    Value turn = e.add(e.roundDown(first, order), order);
    if (inPairs)
      turn = e.div(turn, e.index(2));
    turn = e.min(e.max(turn, piece.depthBegin), depthEnd);
    Value byRows = e.sub(turn, piece.depthBegin);
    Value byColumns = e.sub(depthEnd, turn);
    Value origin = e.mul(panel, piece.depth);
    // In this order: a panel that is transposed may spill into what follows.
    e.when(e.less(zero, byRows), [&] {
      pack(/*transposing=*/true,
           {first, extent, piece.depthBegin, byRows, piece.limit}, origin);
    });
    e.when(e.less(zero, byColumns), [&] {
      pack(/*transposing=*/false, {first, extent, turn, byColumns, piece.limit},
           e.add(origin, e.mul(byRows, width)));
    });
  });
}

void emitSlab(Emitter &e, const ProductTile &tile, const Problem &problem,
              const Slab &slab, const SlabCalls &calls) {
  MatrixView lhs = e.view(problem.lhs), rhs = e.view(problem.rhs);
  Value zero = e.index(0), one = e.index(1);
  Value terms = e.select(problem.transposeLhs, lhs.rows, lhs.cols);
  if (tile.inPairs)
    terms = e.ceilDiv(terms, 2);
  Value rowExtent = e.sub(slab.rowEnd, slab.rowBegin);
  Value columnExtent = e.sub(slab.columnEnd, slab.columnBegin);
  Value rowBlock =
      e.max(buildBalancedBlock(e, rowExtent, tile.mc, tile.mr), one);
  // Without terms one empty block of k remains, which stores the epilogue.
  Value depthBlock =
      e.max(buildBalancedBlock(e, terms, tile.kc, depthMultiple), one);
  Value depthBlocks = e.max(e.ceilDiv(terms, tile.kc), one);

  Block block = buildBlock(e, problem, lhs, rhs);
  MatrixView addend = block.addend;
  block.lhsPanels = slab.lhsBuffer;
  block.rhsPanels = slab.rhsBuffer;
  block.readRhs =
      buildReadsRhs(e, tile, problem, rowExtent, e.mul(terms, columnExtent));
  block.readLhs = buildReadsLhs(e, tile, columnExtent, e.mul(rowExtent, terms));
  Type element = block.alpha.getType();
  Value unit =
      arith::ConstantOp::create(e, cast<TypedAttr>(e.getOneAttr(element)));

  using PackCall = function_ref<void(bool, ValueRange)>;
  auto pack = [&](Value transposing, PackCall call, ValueRange operands) {
    e.either(
        transposing,
        [&]() -> SmallVector<Value> {
          call(/*transposing=*/true, operands);
          return {};
        },
        [&]() -> SmallVector<Value> {
          call(/*transposing=*/false, operands);
          return {};
        });
  };
  // Packs what stands in lower blocks if `isSo`, or `otherwise`. Only where all
  // is packed, so that the buffer begins with the piece.
  auto packBlocksIf = [&](bool mayBe, Value isSo, PackCall call, Value matrix,
                          Value buffer, const PackedPiece &piece, int64_t width,
                          function_ref<void()> otherwise) {
    if (!mayBe)
      return otherwise();
    auto packPanel = [&](bool transposing, const PackedPiece &panel,
                         Value offset) {
      call(transposing, {matrix, buffer, offset, panel.begin, panel.extent,
                         panel.depthBegin, panel.depth, panel.limit});
    };
    e.either(
        isSo,
        [&]() -> SmallVector<Value> {
          packBlocks(e, piece, width, tile.inPairs, packPanel);
          return {};
        },
        [&]() -> SmallVector<Value> {
          otherwise();
          return {};
        });
  };

  e.forEach(slab.columnBegin, slab.columnEnd, e.index(tile.nc), [&](Value jc) {
    Value columns = e.min(e.sub(slab.columnEnd, jc), e.index(tile.nc));
    block.columnBegin = jc;
    block.columnEnd = e.add(jc, columns);
    // What need not be packed: without masks, a panel that sticks out must.
    Value inPlace = tile.hasMasks() ? columns : e.roundDown(columns, tile.nr);
    Value packFrom = e.select(block.readRhs, inPlace, zero);
    Value packed = e.sub(columns, packFrom);
    e.forEach(zero, depthBlocks, one, [&](Value number) {
      Value depthBegin = e.mul(number, depthBlock);
      block.depthBegin = depthBegin;
      block.depth = e.min(e.sub(terms, depthBegin), depthBlock);
      block.lhsOrigin = e.mul(depthBegin, block.termStride);
      block.rhsOrigin = e.mul(depthBegin, rhs.stride);
      // The first block of k starts from D, the others go on with C.
      Value first = e.equal(number, zero);
      block.hasAddend = e.select(first, problem.hasAddend, e.yes());
      block.hasGamma = e.logicalAnd(first, problem.hasGamma);
      block.beta = e.select(first, problem.beta, unit);
      block.addend.flat = e.select(first, addend.flat, block.into.flat);
      block.addend.stride = e.select(first, addend.stride, block.into.stride);

      e.when(e.less(zero, packed), [&] {
        packBlocksIf(calls.hasRhsBlocks, problem.rhsBlocks, calls.packRhs,
                     problem.rhs, slab.rhsBuffer,
                     {jc, packed, depthBegin, block.depth, slab.columnEnd},
                     tile.nr, [&] {
                       pack(problem.transposeRhs, calls.packRhs,
                            {problem.rhs, slab.rhsBuffer,
                             e.mul(packFrom, block.depth), e.add(jc, packFrom),
                             packed, depthBegin, block.depth, slab.columnEnd});
                     });
      });

      // Rows above the block of columns have nothing to do.
      Value above = e.select(problem.symmetric,
                             e.max(e.sub(jc, slab.rowBegin), zero), zero);
      Value rowStart = e.add(slab.rowBegin, e.roundDown(above, tile.mr));
      e.forEach(rowStart, slab.rowEnd, rowBlock, [&](Value ic) {
        Value rows = e.min(e.sub(slab.rowEnd, ic), rowBlock);
        block.rowBegin = ic;
        block.rowEnd = e.add(ic, rows);
        e.when(e.logicalNot(block.readLhs), [&] {
          Value extent = tile.inPairs ? rows : e.roundDown(rows, tile.mr);
          packBlocksIf(calls.hasLhsBlocks, problem.lhsBlocks, calls.packLhs,
                       problem.lhs, slab.lhsBuffer,
                       {ic, extent, depthBegin, block.depth, slab.rowEnd},
                       tile.mr, [&] {
                         pack(e.logicalNot(problem.transposeLhs), calls.packLhs,
                              {problem.lhs, slab.lhsBuffer, zero, ic, extent,
                               depthBegin, block.depth, slab.rowEnd});
                       });
        });
        calls.sumTiles(block);
      });
    });
  });
  e.when(problem.mirrors, [&] {
    calls.mirror({problem.into, slab.columnBegin, slab.columnEnd,
                  problem.mirrorsBlocks});
  });
}

} // namespace steepest::product
