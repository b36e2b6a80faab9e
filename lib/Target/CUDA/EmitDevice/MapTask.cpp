//===- MapTask.cpp - how a block does a task of a map ---------------------===//

#include "lib/Target/CUDA/EmitDevice/MapTask.h"

#include "lib/Target/Common/Fold.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultKind;
using Position = MapSweep::Position;

/// Quotient and remainder of what fits in 32 bits, several times faster than in
/// 64. `b` may be zero where nothing is made of the result.
static std::pair<Value, Value> divide(IndexBuilder &b, Value value,
                                      Value divisor) {
  Type i32 = b.getI32Type();
  Value n = arith::IndexCastOp::create(b, i32, value);
  Value d = arith::IndexCastOp::create(b, i32, divisor);
  Value q = named(arith::DivUIOp::create(b, n, d), "quotient");
  Value r = arith::SubIOp::create(b, n, arith::MulIOp::create(b, q, d));
  Type index = b.getIndexType();
  return {arith::IndexCastUIOp::create(b, index, q),
          arith::IndexCastUIOp::create(b, index, r)};
}
Folds MapTask::emitElements(IndexBuilder &b, const Bounds &bounds,
                            Value aligned, Folds folds) {
  Value width = named(b.sub(bounds.colEnd, bounds.colBegin), "width");
  Value height = named(b.sub(bounds.rowEnd, bounds.rowBegin), "height");
  Value groups = named(b.div(width, b.index(sweep.getLanes())), "groups");
  Value stride = b.index(blockThreads);
  folds = sweep.runGroups(
      b, team.getThread(), b.mul(height, groups), stride, aligned, folds,
      [&](IndexBuilder &b, Value at) -> Position {
        auto [row, group] = divide(b, at, groups);
        return {b.add(bounds.rowBegin, row),
                b.add(bounds.colBegin, b.mul(group, sweep.getLanes()))};
      });
  Value done = b.mul(groups, sweep.getLanes());
  Value rest = b.sub(width, done);
  return sweep.run(b, team.getThread(), b.mul(height, rest), stride,
                   /*width=*/1,
                   /*unroll=*/1, /*aligned=*/false, folds,
                   [&](IndexBuilder &b, Value at) -> Position {
                     auto [row, column] = divide(b, at, rest);
                     return {b.add(bounds.rowBegin, row),
                             b.add(b.add(bounds.colBegin, done), column)};
                   });
}

static void storeTo(OpBuilder &builder, Location loc, Value memory, Value value,
                    Value index) {
  memref::StoreOp::create(builder, loc, value, memory, index);
}

void MapTask::storeRow(IndexBuilder &b, Value row, Value active, Value warps,
                       ArrayRef<Value> folds) {
  Value isFirstLane =
      compare(b, arith::CmpIPredicate::eq, team.getLane(), b.index(0));
  Value writes = arith::AndIOp::create(b, isFirstLane, active);
  Value isOne = compare(b, arith::CmpIPredicate::eq, warps, b.index(1));
  for (size_t i = 0; i < results.size(); ++i) {
    const MapResult &result = results[i];
    Value fold = folds[i];
    if (!result.foldsTo(Extent::Row))
      continue;
    ResultKind kind = result.attr.getKind();
    Value part = team.foldWarp(b, kind, fold);
    Value memory = result.memory;
    scf::IfOp::create(
        b, isOne,
        [&](OpBuilder &nested, Location loc) {
          scf::IfOp::create(nested, loc, writes,
                            [&](OpBuilder &nested, Location loc) {
                              storeTo(nested, loc, memory, part, row);
                              scf::YieldOp::create(nested, loc);
                            });
          scf::YieldOp::create(nested, loc);
        },
        [&](OpBuilder &nested, Location loc) {
          IndexBuilder b(loc, nested);
          Value whole = team.foldWarps(b, kind, part);
          Value isFirst = arith::AndIOp::create(b, team.isFirst(), active);
          scf::IfOp::create(b, isFirst, [&](OpBuilder &nested, Location loc) {
            storeTo(nested, loc, memory, whole, row);
            scf::YieldOp::create(nested, loc);
          });
          scf::YieldOp::create(b);
        });
  }
}

Folds MapTask::emitRows(IndexBuilder &b, const MapTasks &tasks,
                        const Bounds &bounds, Value aligned, Folds folds) {
  // Either a row for each warp, or one row for all.
  Value few = compare(b, arith::CmpIPredicate::ult, tasks.rowsPerTask,
                      b.index(blockWarps));
  auto choose = [&](int64_t ifFew, int64_t otherwise) -> Value {
    return arith::SelectOp::create(b, few, b.index(ifFew), b.index(otherwise));
  };
  Value warps = choose(blockWarps, 1), rowsAtOnce = choose(1, blockWarps);
  Value ownRow = arith::SelectOp::create(b, few, b.index(0), team.getWarp());
  Value start =
      arith::SelectOp::create(b, few, team.getThread(), team.getLane());
  Value stride = choose(blockThreads, warpThreads);
  Value width = b.sub(bounds.colEnd, bounds.colBegin);
  Value groups = b.div(width, b.index(sweep.getLanes()));
  Value done = b.mul(groups, sweep.getLanes());
  return buildFoldLoop(
      b, bounds.rowBegin, bounds.rowEnd, rowsAtOnce, folds,
      [&](IndexBuilder &b, Value base, Folds carried) {
        Value wanted = b.add(base, ownRow);
        Value active =
            compare(b, arith::CmpIPredicate::ult, wanted, bounds.rowEnd);
        // A warp without a row goes along: its block meets in the loop.
        Value row = b.min(wanted, b.sub(bounds.rowEnd, b.index(1)));
        Folds own = carried;
        Folds fresh = sweep.identities(b);
        for (auto [result, fold, identity] :
             llvm::zip_equal(results, own, fresh))
          if (result.foldsTo(Extent::Row))
            fold = identity;
        Value none = b.index(0);
        Value end = arith::SelectOp::create(b, active, groups, none);
        own = sweep.runGroups(
            b, start, end, stride, aligned, own,
            [&](IndexBuilder &b, Value at) -> Position {
              return {row, b.add(bounds.colBegin, b.mul(at, sweep.getLanes()))};
            });
        Value rest =
            arith::SelectOp::create(b, active, b.sub(width, done), none);
        own = sweep.run(b, start, rest, stride, /*width=*/1, /*unroll=*/1,
                        /*aligned=*/false, own,
                        [&](IndexBuilder &b, Value at) -> Position {
                          return {row, b.add(b.add(bounds.colBegin, done), at)};
                        });
        storeRow(b, row, active, warps, own);
        for (auto [result, fold, before] :
             llvm::zip_equal(results, own, carried))
          if (result.foldsTo(Extent::Row))
            fold = before;
        return own;
      });
}

Folds MapTask::emitColumns(IndexBuilder &b, const Bounds &bounds, Folds folds) {
  return buildFoldLoop(
      b, bounds.colBegin, bounds.colEnd, b.index(warpThreads), folds,
      [&](IndexBuilder &b, Value base, Folds carried) {
        Value wanted = b.add(base, team.getLane());
        Value active =
            compare(b, arith::CmpIPredicate::ult, wanted, bounds.colEnd);
        Value column = b.min(wanted, b.sub(bounds.colEnd, b.index(1)));
        Folds own = carried;
        Folds fresh = sweep.identities(b);
        for (auto [result, fold, identity] :
             llvm::zip_equal(results, own, fresh))
          if (result.foldsTo(Extent::Column))
            fold = identity;
        Value start = b.add(bounds.rowBegin, team.getWarp());
        Value end =
            arith::SelectOp::create(b, active, bounds.rowEnd, bounds.rowBegin);
        own = sweep.run(
            b, start, end, b.index(blockWarps), /*width=*/1, sweep.getUnroll(),
            /*aligned=*/false, own, [&](IndexBuilder &b, Value at) -> Position {
              return {at, column};
            });
        Value isFirstWarp =
            compare(b, arith::CmpIPredicate::eq, team.getWarp(), b.index(0));
        Value writes = arith::AndIOp::create(b, isFirstWarp, active);
        for (auto [result, fold, before] :
             llvm::zip_equal(results, own, carried)) {
          if (!result.foldsTo(Extent::Column))
            continue;
          ResultKind kind = result.attr.getKind();
          std::string name = "shared.columns";
          llvm::raw_string_ostream(name) << '_' << result.element;
          Value shared = team.getShared(b, name, {blockWarps, warpThreads},
                                        result.element);
          memref::StoreOp::create(b, fold, shared,
                                  ValueRange{team.getWarp(), team.getLane()});
          gpu::BarrierOp::create(b);
          Value memory = result.memory;
          scf::IfOp::create(b, writes, [&](OpBuilder &nested, Location loc) {
            IndexBuilder b(loc, nested);
            Value whole;
            for (int64_t warp = 0; warp < blockWarps; ++warp) {
              Value part = memref::LoadOp::create(
                  b, shared, ValueRange{b.index(warp), team.getLane()});
              whole = whole ? buildCombine(b, kind, whole, part) : part;
            }
            memref::StoreOp::create(b, whole, memory, column);
            scf::YieldOp::create(b);
          });
          gpu::BarrierOp::create(b);
          fold = before;
        }
        return own;
      });
}

void MapTask::emit(IndexBuilder &b, const MapTasks &tasks, Value task,
                   Value aligned) {
  auto [blockRow, blockColumn] = divide(b, task, tasks.colTasks);
  Bounds bounds;
  bounds.rowBegin = named(b.mul(blockRow, tasks.rowsPerTask), "rowBegin");
  bounds.colBegin = named(b.mul(blockColumn, tasks.colsPerTask), "colBegin");
  bounds.rowEnd = named(
      b.min(b.add(bounds.rowBegin, tasks.rowsPerTask), op.getRows()), "rowEnd");
  bounds.colEnd = named(
      b.min(b.add(bounds.colBegin, tasks.colsPerTask), op.getCols()), "colEnd");
  Folds folds = sweep.identities(b);
  if (foldsTo(op.getKinds(), Extent::Row))
    folds = emitRows(b, tasks, bounds, aligned, folds);
  else if (foldsTo(op.getKinds(), Extent::Column))
    folds = emitColumns(b, bounds, folds);
  else
    folds = emitElements(b, bounds, aligned, folds);
  for (auto [result, fold] : llvm::zip_equal(results, folds)) {
    if (!result.foldsTo(Extent::Scalar))
      continue;
    Value partial = named(team.fold(b, result.attr.getKind(), fold), "partial");
    Value memory = result.memory;
    scf::IfOp::create(b, team.isFirst(), [&](OpBuilder &nested, Location loc) {
      memref::StoreOp::create(nested, loc, partial, memory, task);
      scf::YieldOp::create(nested, loc);
    });
  }
}
