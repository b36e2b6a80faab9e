//===- MacroKernel.cpp - the loops around the tiles -----------------------===//
//
// Columns of C in blocks of nc, k in blocks of kc, rows in blocks of mc: a
// packed kc x nc block of B stays in the third-level cache, a packed mc x kc
// block of A in the second.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Product/MacroKernel.h"

#include "lib/Target/CPU/Product/Scratch.h"
#include "lib/Target/CPU/Product/Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace steepest::product {

/// With at most this many panels of rows, panels of B are used where they are
/// instead of being packed. Measured at 64 x 64 x 64 and 96 x 96 x 96 with both
/// operands in place: 8 % and 5 % faster than with A packed.
static constexpr int64_t unpackedRowPanels = 4;
/// The same for panels of columns and panels of A.
static constexpr int64_t unpackedColumnPanels = 4;
/// Up to this depth of a block writing C takes longer than the sums. Written
/// along rows, 1024 x 1024 f32 with depth 1, 4, 16, 64 takes 0.17, 0.19, 0.47
/// and 0.97 of the time that it takes along columns (Zen 5).
static constexpr int64_t shallowDepth = 64;

/// Visits the tiles of a block of `rows` rows from ic and `columns` columns
/// from jc: for each panel of B those of A, which are the smaller ones. With
/// little depth C is what matters, and is written along its rows.
static void emitTiles(Emitter &e, const ProductTile &tile, bool symmetric,
                      Value ic, Value rows, Value jc, Value columns,
                      Value depth,
                      function_ref<void(Value ir, Value jr)> body) {
  Value zero = e.index(0), mr = e.index(tile.mr), nr = e.index(tile.nr);
  if (symmetric) {
    e.forEach(zero, columns, nr, [&](Value jr) {
      // The first panel of rows that reaches below the diagonal.
      Value above = e.max(e.sub(e.add(jc, jr), ic), zero);
      e.forEach(e.roundDown(above, tile.mr), rows, mr,
                [&](Value ir) { body(ir, jr); });
    });
    return;
  }
  Value along = e.lessEqual(depth, e.index(shallowDepth));
  e.forEach(zero, e.select(along, rows, columns), e.select(along, mr, nr),
            [&](Value outer) {
              e.forEach(zero, e.select(along, columns, rows),
                        e.select(along, nr, mr), [&](Value inner) {
                          body(e.select(along, outer, inner),
                               e.select(along, inner, outer));
                        });
            });
}

void emitSlab(Emitter &e, const Configuration &configuration,
              const ProductTile &tile, const Slab &slab, PackCall packLhs,
              PackCall packRhs) {
  bool symmetric = configuration.symmetric;
  MatrixView lhs = e.view(slab.lhs), rhs = e.view(slab.rhs),
             into = e.view(slab.into);
  Value zero = e.index(0), one = e.index(1);
  Value terms = configuration.transposeLhs ? lhs.rows : lhs.cols;
  Value rowExtent = e.sub(slab.rowEnd, slab.rowBegin);
  Value rowBlock =
      e.max(buildBalancedBlock(e, rowExtent, tile.mc, tile.mr), one);
  // Without terms one empty block of k remains, which stores the epilogue.
  Value depthBlock =
      e.max(buildBalancedBlock(e, terms, tile.kc, depthMultiple), one);
  Value depthBlocks = e.max(e.ceilDiv(terms, tile.kc), one);

  // B is read once per row panel. For few panels packing costs more than it
  // saves.
  bool canReadRhs = !configuration.transposeRhs;
  Value readRhs =
      canReadRhs ? e.lessEqual(rowExtent, e.index(unpackedRowPanels * tile.mr))
                 : Value();

  // A is read once per column panel.
  Value readLhs = e.lessEqual(e.sub(slab.columnEnd, slab.columnBegin),
                              e.index(unpackedColumnPanels * tile.nr));

  e.forEach(slab.columnBegin, slab.columnEnd, e.index(tile.nc), [&](Value jc) {
    Value columns = e.min(e.sub(slab.columnEnd, jc), e.index(tile.nc));
    e.forEach(zero, depthBlocks, one, [&](Value block) {
      Value depthBegin = e.mul(block, depthBlock);
      Value depth = e.min(e.sub(terms, depthBegin), depthBlock);
      Value first =
          arith::CmpIOp::create(e, arith::CmpIPredicate::eq, block, zero);

      // A panel that sticks out is packed in any case.
      Value packFrom =
          canReadRhs ? e.select(readRhs, e.roundDown(columns, tile.nr), zero)
                     : zero;
      packRhs(slab.rhs, slab.rhsBuffer, e.mul(packFrom, depth),
              {e.add(jc, packFrom), e.sub(columns, packFrom), depthBegin, depth,
               slab.columnEnd});

      // Rows above the block of columns have nothing to do.
      Value rowStart = slab.rowBegin;
      if (symmetric)
        rowStart =
            e.add(slab.rowBegin,
                  e.roundDown(e.max(e.sub(jc, slab.rowBegin), zero), tile.mr));
      e.forEach(rowStart, slab.rowEnd, rowBlock, [&](Value ic) {
        Value rows = e.min(e.sub(slab.rowEnd, ic), rowBlock);
        Value packedRows = e.select(readLhs, zero, e.roundDown(rows, tile.mr));
        packLhs(slab.lhs, slab.lhsBuffer, zero,
                {ic, packedRows, depthBegin, depth, slab.rowEnd});
        emitTiles(e, tile, symmetric, ic, rows, jc, columns, depth,
                  [&](Value ir, Value jr) {
                    Value column = e.add(jc, jr);
                    TilePanels panels;
                    panels.lhs = slab.lhsBuffer;
                    panels.lhsOffset = e.mul(ir, depth);
                    panels.lhsInPlace = lhs.flat;
                    panels.rowStride =
                        configuration.transposeLhs ? one : lhs.stride;
                    panels.termStride =
                        configuration.transposeLhs ? lhs.stride : one;
                    panels.lhsOrigin = e.mul(depthBegin, panels.termStride);
                    panels.readLhs = readLhs;
                    panels.rhs = slab.rhsBuffer;
                    panels.rhsOffset = e.mul(jr, depth);
                    panels.rhsStride = e.index(tile.nr);
                    panels.depth = depth;
                    if (canReadRhs) {
                      Value inPlace = e.logicalAnd(
                          readRhs, e.lessEqual(e.add(jr, tile.nr), columns));
                      panels.rhs = e.select(inPlace, rhs.flat, slab.rhsBuffer);
                      panels.rhsOffset = e.select(
                          inPlace, e.add(e.mul(depthBegin, rhs.stride), column),
                          panels.rhsOffset);
                      panels.rhsStride =
                          e.select(inPlace, rhs.stride, panels.rhsStride);
                    }
                    TilePosition position{e.add(ic, ir), column, slab.rowEnd,
                                          slab.columnEnd, first};
                    emitTilePrefetch(e, tile, into, position);
                    SmallVector<Value> sums =
                        emitAccumulators(e, tile, panels, position);
                    emitTileStore(e, tile, sums, into, slab.epilogue, position);
                  });
      });
    });
  });
  if (symmetric)
    emitMirror(e, into, slab.rowBegin, slab.rowEnd, tile.lanes,
               tile.lanesPer128);
}

} // namespace steepest::product
