//===- Maps.cpp - fused maps on a team of blocks --------------------------===//
//
// Blocks take tasks (Common/MapTasks.h) in turn. Within a task threads take
// groups of `lanes` consecutive columns, 16 bytes of f32, by what is folded:
//
//     nothing, or to scalar   threads run through the groups of the block of
//                             rows x columns
//     to row                  a warp per row; all warps on one row where there
//                             are fewer rows in a task than warps
//     to column               a lane per column, warps on every eighth row
//
// A map that folds to rows and to columns is two maps. Loads of several groups
// come before the stores of the first, so that a thread has several in flight;
// where memory is not aligned groups are loaded element by element, in the same
// order of additions. Partial results are folded by the last block to come.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Maps.h"

#include "lib/Target/Common/BodyVectorizer.h"
#include "lib/Target/Common/Fold.h"
#include "lib/Target/Common/MapTasks.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;
using kernel::Access;
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

  bool isStore() const { return attr.getKind() == ResultKind::Store; }
  bool foldsTo(Extent extent) const {
    return !isStore() && attr.getExtent() == extent;
  }
};

/// One value per fold; null for stores.
using Folds = SmallVector<Value>;
using Position = std::pair<Value, Value>;

class MapTask {
public:
  MapTask(kernel::MapOp op, Team &team, ArrayRef<Result> results)
      : op(op), team(team), results(results) {
    bool isHalf = llvm::any_of(op->getOperandTypes(), [](Type type) {
      return getElementTypeOrSelf(type).isInteger(16);
    });
    lanes = isHalf ? 8 : 4;
    int64_t streams = std::max<int64_t>(1, op.getInputs().size());
    unroll = std::clamp<int64_t>(8 / streams, 1, 4);
  }

  /// Whether groups of columns can be loaded at once.
  Value buildAligned(IndexBuilder &b);
  void emit(IndexBuilder &b, const MapTasks &tasks, Value task, Value aligned);

private:
  struct Bounds {
    Value rowBegin, rowEnd, colBegin, colEnd;
  };
  int64_t alignmentOf(MemRefType type) const {
    int64_t bytes = type.getElementTypeBitWidth() / 8;
    return std::min<int64_t>(16, lanes * bytes);
  }

  Folds identities(IndexBuilder &b);
  /// Runs through positions `start`, `start` + `stride`, ... before `end` with
  /// `width` columns at each, and combines what is folded with `folds`.
  Folds sweep(IndexBuilder &b, Value start, Value end, Value stride,
              int64_t width, int64_t unroll, bool aligned, Folds folds,
              function_ref<Position(IndexBuilder &, Value)> position);
  /// The same, in groups of `lanes` where `end` counts groups; by the way that
  /// alignment allows.
  Folds sweepGroups(IndexBuilder &b, Value start, Value end, Value stride,
                    Value aligned, Folds folds,
                    function_ref<Position(IndexBuilder &, Value)> position);

  Folds emitElements(IndexBuilder &b, const Bounds &bounds, Value aligned,
                     Folds folds);
  Folds emitRows(IndexBuilder &b, const MapTasks &tasks, const Bounds &bounds,
                 Value aligned, Folds folds);
  Folds emitColumns(IndexBuilder &b, const Bounds &bounds, Folds folds);
  /// Writes the folds to row of one row, of which every thread of `warps` warps
  /// has a part.
  void storeRow(IndexBuilder &b, Value row, Value active, Value warps,
                ArrayRef<Value> folds);

  kernel::MapOp op;
  Team &team;
  ArrayRef<Result> results;
  int64_t lanes, unroll;
};

} // namespace

static Value compare(IndexBuilder &b, arith::CmpIPredicate predicate, Value lhs,
                     Value rhs) {
  return arith::CmpIOp::create(b, predicate, lhs, rhs);
}

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

static SmallVector<Value> present(ArrayRef<Value> folds) {
  SmallVector<Value> values;
  for (Value value : folds)
    if (value)
      values.push_back(value);
  return values;
}

/// `values` where `folds` has some.
static Folds spread(ArrayRef<Value> folds, ValueRange values) {
  Folds result(folds);
  auto next = values.begin();
  for (Value &value : result)
    if (value)
      value = *next++;
  return result;
}

static Folds buildLoop(IndexBuilder &b, Value begin, Value end, Value step,
                       Folds folds,
                       function_ref<Folds(IndexBuilder &, Value, Folds)> body) {
  auto loop = scf::ForOp::create(
      b, begin, end, step, present(folds),
      [&](OpBuilder &nested, Location loc, Value position, ValueRange carried) {
        IndexBuilder inner(loc, nested);
        Folds next = body(inner, position, spread(folds, carried));
        scf::YieldOp::create(inner, present(next));
      });
  return spread(folds, loop.getResults());
}

static Folds buildIf(IndexBuilder &b, Value condition, Folds folds,
                     function_ref<Folds(IndexBuilder &)> then,
                     function_ref<Folds(IndexBuilder &)> otherwise) {
  auto branch = [](function_ref<Folds(IndexBuilder &)> body) {
    return [body](OpBuilder &nested, Location loc) {
      IndexBuilder inner(loc, nested);
      scf::YieldOp::create(inner, present(body(inner)));
    };
  };
  auto op = scf::IfOp::create(b, condition, branch(then), branch(otherwise));
  return spread(folds, op.getResults());
}

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

Value MapTask::buildAligned(IndexBuilder &b) {
  Value aligned = arith::ConstantIntOp::create(b, 1, 1);
  auto require = [&](Value number, int64_t divisor) {
    Value rest = b.remainder(number, b.index(divisor));
    aligned = arith::AndIOp::create(
        b, aligned, compare(b, arith::CmpIPredicate::eq, rest, b.index(0)));
  };
  auto visit = [&](Value memory, bool isFull) {
    auto type = cast<MemRefType>(memory.getType());
    int64_t bytes = type.getElementTypeBitWidth() / 8;
    int64_t alignment = alignmentOf(type);
    auto metadata = memref::ExtractStridedMetadataOp::create(b, memory);
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
    require(b.add(base, b.mul(metadata.getOffset(), bytes)), alignment);
    if (isFull)
      require(b.mul(metadata.getStrides()[0], bytes), alignment);
  };
  for (auto [input, access] :
       llvm::zip_equal(op.getInputs(), op.getInputAccess()))
    if (access != Access::Row)
      visit(input, access == Access::Full);
  for (const Result &result : results)
    if (result.isStore())
      visit(result.memory, result.attr.getExtent() == Extent::Full);
  return aligned;
}

Folds MapTask::identities(IndexBuilder &b) {
  Folds folds;
  for (const Result &result : results)
    folds.push_back(result.isStore() ? Value()
                                     : buildIdentity(b, result.attr.getKind(),
                                                     result.element));
  return folds;
}

/// Promises what `buildAligned` has found out.
static void setAlignment(Operation *first, Operation *end,
                         function_ref<int64_t(MemRefType)> alignmentOf) {
  for (Operation *op = first; op != end; op = op->getNextNode()) {
    if (auto load = dyn_cast<vector::LoadOp>(op))
      load.setAlignment(alignmentOf(load.getMemRefType()));
    if (auto store = dyn_cast<vector::StoreOp>(op))
      store.setAlignment(alignmentOf(store.getMemRefType()));
  }
}

Folds MapTask::sweep(IndexBuilder &b, Value start, Value end, Value stride,
                     int64_t width, int64_t unroll, bool aligned, Folds folds,
                     function_ref<Position(IndexBuilder &, Value)> position) {
  Folds vectors;
  for (const Result &result : results)
    vectors.push_back(
        result.isStore()
            ? Value()
            : buildIdentity(b, result.attr.getKind(),
                            VectorType::get({width}, result.element)));
  auto groups = [&](IndexBuilder &b, Value turn, int64_t count, Folds carried) {
    Block *block = b.getInsertionBlock();
    Operation *before = block->empty() ? nullptr : &block->back();
    BodyVectorizer body(op, width);
    SmallVector<Position> positions;
    SmallVector<SmallVector<Value>> values;
    for (int64_t copy = 0; copy < count; ++copy) {
      Value at = b.add(start, b.mul(b.add(turn, copy), stride));
      positions.push_back(position(b, at));
      body.enterRow(b, positions.back().first);
      values.push_back(
          body.cloneColumns(b, positions.back().second, /*mask=*/nullptr));
    }
    for (int64_t copy = 0; copy < count; ++copy)
      for (auto [result, value, fold] :
           llvm::zip_equal(results, values[copy], carried)) {
        if (!result.isStore()) {
          fold = buildCombine(b, result.attr.getKind(), fold, value);
          continue;
        }
        SmallVector<Value> indices = {positions[copy].second};
        if (result.attr.getExtent() == Extent::Full)
          indices.insert(indices.begin(), positions[copy].first);
        body.store(b, value, result.memory, indices, /*mask=*/nullptr);
      }
    if (aligned)
      setAlignment(before ? before->getNextNode() : &block->front(), nullptr,
                   [&](MemRefType type) { return alignmentOf(type); });
    return carried;
  };
  // Turns of this thread.
  Value span = b.sub(b.max(end, start), start);
  Value turns = named(b.ceilDiv(span, stride), "turns");
  Value zero = b.index(0), stop = zero;
  if (unroll > 1) {
    stop = b.roundDown(turns, unroll);
    vectors = buildLoop(b, zero, stop, b.index(unroll), vectors,
                        [&](IndexBuilder &b, Value turn, Folds carried) {
                          return groups(b, turn, unroll, carried);
                        });
  }
  vectors = buildLoop(b, stop, turns, b.index(1), vectors,
                      [&](IndexBuilder &b, Value turn, Folds carried) {
                        return groups(b, turn, 1, carried);
                      });
  for (auto [result, fold, vector] : llvm::zip_equal(results, folds, vectors))
    if (!result.isStore())
      fold = buildCombine(b, result.attr.getKind(), fold,
                          buildFoldAll(b, result.attr.getKind(), {vector}));
  return folds;
}

Folds MapTask::sweepGroups(
    IndexBuilder &b, Value start, Value end, Value stride, Value aligned,
    Folds folds, function_ref<Position(IndexBuilder &, Value)> position) {
  return buildIf(
      b, aligned, folds,
      [&](IndexBuilder &b) {
        return sweep(b, start, end, stride, lanes, unroll, /*aligned=*/true,
                     folds, position);
      },
      [&](IndexBuilder &b) {
        return sweep(b, start, end, stride, lanes, /*unroll=*/1,
                     /*aligned=*/false, folds, position);
      });
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

Folds MapTask::emitElements(IndexBuilder &b, const Bounds &bounds,
                            Value aligned, Folds folds) {
  Value width = named(b.sub(bounds.colEnd, bounds.colBegin), "width");
  Value height = named(b.sub(bounds.rowEnd, bounds.rowBegin), "height");
  Value groups = named(b.div(width, b.index(lanes)), "groups");
  Value stride = b.index(blockThreads);
  folds =
      sweepGroups(b, team.getThread(), b.mul(height, groups), stride, aligned,
                  folds, [&](IndexBuilder &b, Value at) -> Position {
                    auto [row, group] = divide(b, at, groups);
                    return {b.add(bounds.rowBegin, row),
                            b.add(bounds.colBegin, b.mul(group, lanes))};
                  });
  Value done = b.mul(groups, lanes);
  Value rest = b.sub(width, done);
  return sweep(b, team.getThread(), b.mul(height, rest), stride, /*width=*/1,
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
    const Result &result = results[i];
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
  Value groups = b.div(width, b.index(lanes));
  Value done = b.mul(groups, lanes);
  return buildLoop(
      b, bounds.rowBegin, bounds.rowEnd, rowsAtOnce, folds,
      [&](IndexBuilder &b, Value base, Folds carried) {
        Value wanted = b.add(base, ownRow);
        Value active =
            compare(b, arith::CmpIPredicate::ult, wanted, bounds.rowEnd);
        // A warp without a row goes along: its block meets in the loop.
        Value row = b.min(wanted, b.sub(bounds.rowEnd, b.index(1)));
        Folds own = carried;
        Folds fresh = identities(b);
        for (auto [result, fold, identity] :
             llvm::zip_equal(results, own, fresh))
          if (result.foldsTo(Extent::Row))
            fold = identity;
        Value none = b.index(0);
        Value end = arith::SelectOp::create(b, active, groups, none);
        own = sweepGroups(b, start, end, stride, aligned, own,
                          [&](IndexBuilder &b, Value at) -> Position {
                            return {row,
                                    b.add(bounds.colBegin, b.mul(at, lanes))};
                          });
        Value rest =
            arith::SelectOp::create(b, active, b.sub(width, done), none);
        own = sweep(b, start, rest, stride, /*width=*/1, /*unroll=*/1,
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
  return buildLoop(
      b, bounds.colBegin, bounds.colEnd, b.index(warpThreads), folds,
      [&](IndexBuilder &b, Value base, Folds carried) {
        Value wanted = b.add(base, team.getLane());
        Value active =
            compare(b, arith::CmpIPredicate::ult, wanted, bounds.colEnd);
        Value column = b.min(wanted, b.sub(bounds.colEnd, b.index(1)));
        Folds own = carried;
        Folds fresh = identities(b);
        for (auto [result, fold, identity] :
             llvm::zip_equal(results, own, fresh))
          if (result.foldsTo(Extent::Column))
            fold = identity;
        Value start = b.add(bounds.rowBegin, team.getWarp());
        Value end =
            arith::SelectOp::create(b, active, bounds.rowEnd, bounds.rowBegin);
        own = sweep(b, start, end, b.index(blockWarps), /*width=*/1, unroll,
                    /*aligned=*/false, own,
                    [&](IndexBuilder &b, Value at) -> Position {
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
  Folds folds = identities(b);
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

//===----------------------------------------------------------------------===//
// The whole map
//===----------------------------------------------------------------------===//

/// Makes the results of the map that `keep` chooses a map of their own, before
/// `op`. Only outputs, no SSA results, may be chosen.
static void splitOff(kernel::MapOp op, function_ref<bool(ResultAttr)> keep) {
  OpBuilder builder(op);
  for (bool kept : {true, false}) {
    SmallVector<ResultAttr> kinds;
    SmallVector<Value> outputs;
    SmallVector<unsigned> numbers;
    auto output = op.getOutputs().begin();
    for (auto [number, kind] : llvm::enumerate(op.getKinds())) {
      bool isChosen = keep(kind) == kept;
      if (isChosen) {
        kinds.push_back(kind);
        numbers.push_back(number);
      }
      if (kind.getExtent() == Extent::Scalar)
        continue;
      if (isChosen)
        outputs.push_back(*output);
      ++output;
    }
    auto part = kernel::MapOp::create(
        builder, op.getLoc(), op.getRows(), op.getCols(), op.getInputs(),
        op.getInputAccess(), outputs, kinds, kept ? Value() : op.getScratch(),
        kept ? TypeRange() : TypeRange(op.getFolds().getTypes()),
        [&](OpBuilder &body, Location loc, ValueRange arguments) {
          IRMapping mapping;
          Block &source = op.getBody().front();
          mapping.map(source.getArguments(), arguments);
          for (Operation &inner : source.without_terminator())
            body.clone(inner, mapping);
          SmallVector<Value> yielded;
          for (unsigned number : numbers)
            yielded.push_back(mapping.lookupOrDefault(op.getYielded()[number]));
          kernel::YieldOp::create(body, loc, yielded);
        });
    if (!kept)
      op.getFolds().replaceAllUsesWith(part.getFolds());
  }
}

LogicalResult steepest::emitDeviceMap(kernel::MapOp op, Team &team) {
  if (foldsTo(op.getKinds(), Extent::Row) &&
      foldsTo(op.getKinds(), Extent::Column)) {
    // Columns first: they write nothing that is read.
    splitOff(op, [](ResultAttr kind) {
      return kind.getKind() != ResultKind::Store &&
             kind.getExtent() == Extent::Column;
    });
    auto rest = cast<kernel::MapOp>(op->getPrevNode());
    auto columns = cast<kernel::MapOp>(rest->getPrevNode());
    op.erase();
    return success(succeeded(emitDeviceMap(columns, team)) &&
                   succeeded(emitDeviceMap(rest, team)));
  }
  if (op.getFolds().size() > size_t(teamSlots))
    return op.emitOpError("expects at most ")
           << teamSlots << " folds to scalar on a GPU, got "
           << op.getFolds().size();
  OpBuilder builder(op);
  IndexBuilder b(op.getLoc(), builder);
  b.setInsertionPoint(op);
  MapTasks tasks =
      buildMapTasks(b, op.getRows(), op.getCols(), op.getKinds(), deviceMapCut);
  SmallVector<Result> results;
  unsigned scalars = 0, outputs = 0;
  for (auto [attr, value] : llvm::zip_equal(op.getKinds(), op.getYielded())) {
    Result result{attr, value.getType(), Value()};
    if (attr.getExtent() == Extent::Scalar) {
      Value offset = b.mul(tasks.count, scalars++ * bytesPerPartial);
      result.memory = memref::ViewOp::create(
          b, MemRefType::get({ShapedType::kDynamic}, result.element),
          op.getScratch(), offset, ValueRange{tasks.count});
    } else {
      result.memory = op.getOutputs()[outputs++];
    }
    results.push_back(result);
  }

  named(tasks.count, "tasks");
  named(tasks.rowsPerTask, "rowsPerTask");
  named(tasks.colsPerTask, "colsPerTask");
  MapTask map(op, team, results);
  Value aligned = named(map.buildAligned(b), "aligned");
  scf::ForOp::create(
      b, team.getRank(), tasks.count, team.getSize(), ValueRange{},
      [&](OpBuilder &nested, Location loc, Value task, ValueRange) {
        IndexBuilder inner(loc, nested);
        map.emit(inner, tasks, task, aligned);
        scf::YieldOp::create(inner);
      });

  team.meet(b, [&](IndexBuilder &b) {
    unsigned number = 0;
    for (const Result &result : results) {
      if (!result.foldsTo(Extent::Scalar))
        continue;
      ResultKind kind = result.attr.getKind();
      Folds fold = {buildIdentity(b, kind, result.element)};
      fold =
          buildLoop(b, team.getThread(), tasks.count, b.index(blockThreads),
                    fold, [&](IndexBuilder &b, Value task, Folds carried) {
                      Value partial =
                          memref::LoadOp::create(b, result.memory, task);
                      return Folds{buildCombine(b, kind, carried[0], partial)};
                    });
      Value whole = team.fold(b, kind, fold[0]);
      Value slot = team.getSlot(b, number++, result.element);
      scf::IfOp::create(b, team.isFirst(),
                        [&](OpBuilder &nested, Location loc) {
                          IndexBuilder inner(loc, nested);
                          memref::StoreOp::create(inner, whole, slot,
                                                  ValueRange{inner.index(0)});
                          scf::YieldOp::create(inner);
                        });
    }
  });
  unsigned number = 0;
  for (const Result &result : results)
    if (result.foldsTo(Extent::Scalar)) {
      Value slot = team.getSlot(b, number, result.element);
      Value value = memref::LoadOp::create(b, slot, ValueRange{b.index(0)});
      op.getFolds()[number++].replaceAllUsesWith(value);
    }
  op.erase();
  return success();
}
