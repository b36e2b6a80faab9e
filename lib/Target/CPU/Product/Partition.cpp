//===- Partition.cpp - pieces of a product for several workers ------------===//
//
// Every worker packs what it needs by itself: no barrier within a product, at
// the price of packing the shorter operand once per worker. The longer side of
// C is cut, which keeps that price low.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/Product/Partition.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CPU/Product/Scratch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace steepest::product {

static Value toReal(Emitter &e, Value index) {
  Value integer = arith::IndexCastOp::create(e, e.getI64Type(), index);
  return arith::SIToFPOp::create(e, e.getF64Type(), integer);
}

/// The panel at which task `task` of `tasks` begins when the work of the first
/// p panels grows like p^2: panels * sqrt(task / tasks), rounded.
static Value triangularCut(Emitter &e, Value panels, Value task, Value tasks) {
  Value share = arith::DivFOp::create(e, toReal(e, task), toReal(e, tasks));
  Value root = math::SqrtOp::create(e, share);
  Value half = arith::ConstantOp::create(e, e.getF64FloatAttr(0.5));
  Value real = arith::AddFOp::create(
      e, arith::MulFOp::create(e, toReal(e, panels), root), half);
  Value integer = arith::FPToSIOp::create(e, e.getI64Type(), real);
  return arith::IndexCastOp::create(e, e.getIndexType(), integer);
}

void emitPieces(Emitter &e, Value symmetric, const ProductTile &tile, Value m,
                Value n, Value k,
                function_ref<void(const Piece &, Value)> body) {
  Value zero = e.index(0), one = e.index(1);
  Value threads = kernel::ThreadsOp::create(e, e.getIndexType());
  Value rowPanels = e.ceilDiv(m, tile.mr), columnPanels = e.ceilDiv(n, tile.nr);
  Value cutRows = e.lessEqual(n, m);
  Value panels = e.select(cutRows, rowPanels, columnPanels);
  Value tasks =
      e.select(buildWorthWorkers(e, m, n, k), e.min(threads, panels), one);

  auto several = [&]() -> SmallVector<Value> {
    kernel::ParallelOp::create(
        e, tasks, [&](OpBuilder &, Location, Value task, Value worker) {
          OpBuilder::InsertionGuard guard(e);
          e.setInsertionPointToStart(cast<BlockArgument>(task).getOwner());
          auto cut = [&](Value task) {
            return e.select(symmetric, triangularCut(e, panels, task, tasks),
                            e.div(e.mul(task, panels), tasks));
          };
          // Symmetric matrices are square.
          Value begin = cut(task), end = cut(e.add(task, one));
          auto rows = [&](Value panel) {
            return e.min(e.mul(panel, tile.mr), m);
          };
          Value rowEnd = e.select(cutRows, rows(end), m);
          auto columns = [&](Value panel) {
            return e.min(e.mul(panel, tile.nr), n);
          };
          body(
              {e.select(cutRows, rows(begin), zero), rowEnd,
               e.select(cutRows, zero, columns(begin)),
               e.select(symmetric, rowEnd, e.select(cutRows, n, columns(end)))},
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
