//===- MapEmitter.cpp - loops and vectors of a fused map ------------------===//
//
// A task is a block of rows x columns:
//
//     columns of folds to column := identity
//     for each row
//       for several vectors of columns, then one, then a masked one
//         body; stores; folds
//       fold the lanes of folds to row
//     fold the lanes of folds to scalar, write the task's partial result
//
// Folds to row and to scalar run in several vectors at once, so that the
// latency of an addition is hidden; folds to column run in their output, which
// stays in L1. After all tasks, partial results are folded in task order.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/EmitMaps/MapEmitter.h"

#include "lib/Target/Common/BodyVectorizer.h"
#include "lib/Target/Common/Fold.h"
#include "lib/Target/Common/MapTasks.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

namespace {

/// One result of the map and where it goes.
struct Result {
  ResultAttr attr;
  Type element;
  /// The output, or the partial results for a fold to scalar.
  Value memory;
};

/// A fold that is carried in registers: to row or to scalar.
using Accumulators = SmallVector<Value>;

class TaskEmitter {
public:
  TaskEmitter(kernel::MapOp op, int64_t lanes, ArrayRef<Result> results)
      : body(op, lanes), lanes(lanes), results(results) {
    unsigned carried = llvm::count_if(results, isCarried);
    // More accumulators than this would not fit in registers.
    unroll = carried == 0 ? 1 : carried <= 2 ? 4 : carried <= 4 ? 2 : 1;
  }

  void emit(IndexBuilder &builder, Value task, Value rowBegin, Value rowEnd,
            Value colBegin, Value colEnd);

private:
  static bool isCarried(const Result &result) {
    return result.attr.getKind() != ResultKind::Store &&
           result.attr.getExtent() != Extent::Column;
  }

  /// Calls `visit` for the results of one extent that are carried, with the
  /// position of their first accumulator.
  void forEachCarried(Extent extent,
                      function_ref<void(const Result &, unsigned)> visit);

  /// One accumulator per carried result and unrolled vector.
  Accumulators buildIdentities(IndexBuilder &builder);
  /// Replaces the accumulators of folds to row.
  void restartRowFolds(IndexBuilder &builder, Accumulators &accumulators);

  void emitColumnIdentities(IndexBuilder &builder, Value begin, Value end);
  /// Vectors at `column`, `column` + lanes, ... (`count` of them).
  void emitVectors(IndexBuilder &builder, Value row, Value column, Value mask,
                   unsigned count, Accumulators &accumulators);
  Accumulators emitRow(IndexBuilder &builder, Value row, Value begin, Value end,
                       Accumulators accumulators);

  BodyVectorizer body;
  int64_t lanes;
  ArrayRef<Result> results;
  unsigned unroll;
};

} // namespace

/// scf.for that carries `initial`; the body returns what it yields.
static Accumulators buildLoop(
    IndexBuilder &b, Value begin, Value end, int64_t step, Accumulators initial,
    function_ref<Accumulators(IndexBuilder &, Value, Accumulators)> body) {
  auto loop = scf::ForOp::create(
      b, begin, end, b.index(step), initial,
      [&](OpBuilder &nested, Location loc, Value position, ValueRange carried) {
        IndexBuilder inner(loc, nested);
        scf::YieldOp::create(inner,
                             body(inner, position, Accumulators(carried)));
      });
  return Accumulators(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Accumulators
//===----------------------------------------------------------------------===//

void TaskEmitter::forEachCarried(
    Extent extent, function_ref<void(const Result &, unsigned)> visit) {
  unsigned position = 0;
  for (const Result &result : results) {
    if (!isCarried(result))
      continue;
    if (result.attr.getExtent() == extent)
      visit(result, position);
    position += unroll;
  }
}

Accumulators TaskEmitter::buildIdentities(IndexBuilder &b) {
  Accumulators accumulators;
  for (const Result &result : results)
    if (isCarried(result))
      accumulators.append(unroll,
                          buildIdentity(b, result.attr.getKind(),
                                        body.getVectorType(result.element)));
  return accumulators;
}

void TaskEmitter::restartRowFolds(IndexBuilder &b, Accumulators &accumulators) {
  forEachCarried(Extent::Row, [&](const Result &result, unsigned position) {
    Value identity = buildIdentity(b, result.attr.getKind(),
                                   body.getVectorType(result.element));
    std::fill_n(accumulators.begin() + position, unroll, identity);
  });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Lanes of the vector at `column` that are before `end`.
static Value buildMask(IndexBuilder &b, Value column, Value end,
                       int64_t lanes) {
  // The comparison is done in 32 bits.
  Value count = b.min(b.sub(end, column), b.index(lanes));
  return vector::CreateMaskOp::create(
      b, VectorType::get({lanes}, b.getI1Type()), count);
}

void TaskEmitter::emitColumnIdentities(IndexBuilder &b, Value begin,
                                       Value end) {
  for (const Result &result : results) {
    if (result.attr.getKind() == ResultKind::Store ||
        result.attr.getExtent() != Extent::Column)
      continue;
    buildLoop(b, begin, end, lanes, {},
              [&](IndexBuilder &b, Value column, Accumulators) {
                Value identity =
                    buildIdentity(b, result.attr.getKind(),
                                  body.getVectorType(result.element));
                body.store(b, identity, result.memory, column,
                           buildMask(b, column, end, lanes));
                return Accumulators();
              });
  }
}

void TaskEmitter::emitVectors(IndexBuilder &b, Value row, Value column,
                              Value mask, unsigned count,
                              Accumulators &accumulators) {
  for (unsigned copy = 0; copy < count; ++copy) {
    Value here = b.add(column, copy * lanes);
    SmallVector<Value> values = body.cloneColumns(b, here, mask);
    unsigned position = copy;
    for (auto [result, value] : llvm::zip_equal(results, values)) {
      ResultKind kind = result.attr.getKind();
      if (isCarried(result)) {
        Value &accumulator = accumulators[position];
        position += unroll;
        Value next = buildCombine(b, kind, accumulator, value);
        accumulator =
            mask ? arith::SelectOp::create(b, mask, next, accumulator) : next;
        continue;
      }
      SmallVector<Value> indices = {here};
      if (result.attr.getExtent() == Extent::Full)
        indices = {row, here};
      if (kind != ResultKind::Store) {
        Value before = body.load(b, result.memory, indices, mask);
        value = buildCombine(b, kind, before, value);
      }
      body.store(b, value, result.memory, indices, mask);
    }
  }
}

Accumulators TaskEmitter::emitRow(IndexBuilder &b, Value row, Value begin,
                                  Value end, Accumulators accumulators) {
  body.enterRow(b, row);
  restartRowFolds(b, accumulators);

  Value width = b.sub(end, begin);
  int64_t step = unroll * lanes;
  Value stop = b.add(begin, b.roundDown(width, step));
  accumulators = buildLoop(
      b, begin, stop, step, accumulators,
      [&](IndexBuilder &b, Value column, Accumulators carried) {
        emitVectors(b, row, column, /*mask=*/nullptr, unroll, carried);
        return carried;
      });
  // At most `unroll` turns; a loop of whole single vectors in between would
  // make every map half as large again.
  accumulators =
      buildLoop(b, stop, end, lanes, accumulators,
                [&](IndexBuilder &b, Value column, Accumulators carried) {
                  Value mask = buildMask(b, column, end, lanes);
                  emitVectors(b, row, column, mask, /*count=*/1, carried);
                  return carried;
                });

  forEachCarried(Extent::Row, [&](const Result &result, unsigned first) {
    Value folded =
        buildFoldAll(b, result.attr.getKind(),
                     ArrayRef<Value>(accumulators).slice(first, unroll));
    memref::StoreOp::create(b, folded, result.memory, row);
  });
  return accumulators;
}

void TaskEmitter::emit(IndexBuilder &b, Value task, Value rowBegin,
                       Value rowEnd, Value colBegin, Value colEnd) {
  emitColumnIdentities(b, colBegin, colEnd);
  Accumulators accumulators =
      buildLoop(b, rowBegin, rowEnd, 1, buildIdentities(b),
                [&](IndexBuilder &b, Value row, Accumulators carried) {
                  return emitRow(b, row, colBegin, colEnd, carried);
                });
  forEachCarried(Extent::Scalar, [&](const Result &result, unsigned first) {
    Value folded =
        buildFoldAll(b, result.attr.getKind(),
                     ArrayRef<Value>(accumulators).slice(first, unroll));
    memref::StoreOp::create(b, folded, result.memory, task);
  });
}

//===----------------------------------------------------------------------===//
// The whole map
//===----------------------------------------------------------------------===//

/// Partial results of the scalar number `number`, one per task.
static Value buildPartials(IndexBuilder &b, kernel::MapOp op, Type element,
                           unsigned number, Value tasks) {
  Value offset = b.mul(tasks, number * bytesPerPartial);
  return memref::ViewOp::create(
      b, MemRefType::get({ShapedType::kDynamic}, element), op.getScratch(),
      offset, ValueRange{tasks});
}

static Value buildFoldOfPartials(IndexBuilder &b, const Result &result,
                                 Value tasks) {
  ResultKind kind = result.attr.getKind();
  return buildLoop(
             b, b.index(0), tasks, 1, {buildIdentity(b, kind, result.element)},
             [&](IndexBuilder &b, Value task, Accumulators carried) {
               Value partial = memref::LoadOp::create(b, result.memory, task);
               return Accumulators{
                   buildCombine(b, kind, carried.front(), partial)};
             })
      .front();
}

void steepest::emitMap(kernel::MapOp op, int64_t lanes) {
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  MapTasks tasks = buildMapTasks(b, op.getRows(), op.getCols(), op.getKinds());

  SmallVector<Result> results;
  unsigned scalars = 0, outputs = 0;
  for (auto [attr, value] : llvm::zip_equal(op.getKinds(), op.getYielded())) {
    Result result{attr, value.getType(), Value()};
    result.memory =
        attr.getExtent() == Extent::Scalar
            ? buildPartials(b, op, result.element, scalars++, tasks.count)
            : Value(op.getOutputs()[outputs++]);
    results.push_back(result);
  }

  kernel::ParallelOp::create(
      b, tasks.count,
      [&](OpBuilder &nested, Location loc, Value task, Value worker) {
        IndexBuilder b(loc, nested);
        Value rowBegin = b.mul(b.div(task, tasks.colTasks), tasks.rowsPerTask);
        Value colBegin =
            b.mul(b.remainder(task, tasks.colTasks), tasks.colsPerTask);
        Value rowEnd = b.min(b.add(rowBegin, tasks.rowsPerTask), op.getRows());
        Value colEnd = b.min(b.add(colBegin, tasks.colsPerTask), op.getCols());
        TaskEmitter(op, lanes, results)
            .emit(b, task, rowBegin, rowEnd, colBegin, colEnd);
      });

  unsigned fold = 0;
  for (const Result &result : results)
    if (result.attr.getExtent() == Extent::Scalar)
      op.getFolds()[fold++].replaceAllUsesWith(
          buildFoldOfPartials(b, result, tasks.count));
  op.erase();
}
