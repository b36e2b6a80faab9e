//===- Partition.cpp - pieces of a product for several workers ------------===//
//
// Every worker packs what it needs by itself: no barrier within a product, at
// the price of packing an operand more than once. The cuts keep that price low.
//
// A symmetric product is cut into groups of columns, from the diagonal down: a
// column of B is packed once, A is read in place where groups are narrow. The
// groups get shorter to the right; there are more of them than workers, and
// whoever is done takes the next. One worker gains by them, too: 4 % at 512 and
// 1024.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Product/Partition.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace steepest::product {

void emitPieces(Emitter &e, const Problem &problem, const ProductTile &tile,
                Value m, Value n, Value k,
                function_ref<void(const Piece &, Value)> body) {
  Value zero = e.index(0), one = e.index(1);
  Value symmetric = problem.symmetric;
  Value threads = kernel::ThreadsOp::create(e, e.getIndexType());
  Value rowPanels = e.ceilDiv(m, tile.mr), columnPanels = e.ceilDiv(n, tile.nr);

  // Panels of columns in a group of a symmetric product: two groups for each
  // worker (four when A is triangular, where the work of a column falls with
  // the square of its length); few where A is read in place, but for a large A
  // that does not pay. Pairs are packed in any case: as wide as a packed block
  // of B, which packs A once.
  Value parallel = e.less(one, threads);
  Value perWorker = e.select(problem.lhsLower, e.index(4), e.index(2));
  Value shares = e.select(parallel, e.mul(threads, perWorker), one);
  Value widest = tile.inPairs ? e.index(tile.nc / tile.nr)
                              : e.select(e.lessEqual(columnPanels, e.index(32)),
                                         e.index(4), e.index(16));
  Value group = e.max(one, e.min(widest, e.div(columnPanels, shares)));
  Value groups = e.div(e.add(columnPanels, e.sub(group, one)), group);

  // Others are cut along the longer side, which packs the shorter operand once
  // per worker. Columns that divide evenly into pieces for which A is read in
  // place pack nothing twice. Where one factor is triangular, all pieces get
  // the same terms of it.
  Value narrow = e.lessEqual(
      columnPanels, e.mul(threads, buildUnpackedColumnPanels(e, e.mul(m, k))));
  Value even =
      e.equal(e.mul(e.div(columnPanels, threads), threads), columnPanels);
  Value cutRows =
      e.logicalAnd(e.lessEqual(n, m), e.logicalNot(e.logicalAnd(narrow, even)));
  cutRows = e.select(problem.lhsLower, e.no(),
                     e.select(problem.rhsLower, e.yes(), cutRows));
  Value panels = e.select(cutRows, rowPanels, columnPanels);
  Value pieces = e.select(symmetric, groups, e.min(threads, panels));
  Value worth = e.logicalAnd(buildWorthWorkers(e, m, n, k),
                             e.select(symmetric, e.yes(), parallel));
  Value tasks = e.select(worth, pieces, one);

  auto several = [&]() -> SmallVector<Value> {
    kernel::ParallelOp::create(
        e, tasks, [&](OpBuilder &, Location, Value task, Value worker) {
          OpBuilder::InsertionGuard guard(e);
          e.setInsertionPointToStart(cast<BlockArgument>(task).getOwner());
          auto cut = [&](Value task) {
            return e.select(symmetric, e.mul(task, group),
                            e.div(e.mul(task, panels), tasks));
          };
          Value begin = cut(task), end = cut(e.add(task, one));
          Value rowBegin = e.min(e.mul(begin, tile.mr), m);
          Value rowEnd = e.min(e.mul(end, tile.mr), m);
          Value columnBegin = e.min(e.mul(begin, tile.nr), n);
          Value columnEnd = e.min(e.mul(end, tile.nr), n);
          Value byRows = e.logicalAnd(cutRows, e.logicalNot(symmetric));
          body({e.select(symmetric, columnBegin,
                         e.select(byRows, rowBegin, zero)),
                e.select(byRows, rowEnd, m),
                e.select(byRows, zero, columnBegin),
                e.select(byRows, n, columnEnd)},
               worker);
        });
    return {};
  };
  auto single = [&]() -> SmallVector<Value> {
    body({zero, m, zero, n}, zero);
    return {};
  };
  e.either(e.less(one, tasks), several, single);
}

} // namespace steepest::product
