//===- MapSweep.cpp - how a thread runs through a map ---------------------===//

#include "lib/Target/CUDA/EmitDevice/MapSweep.h"

#include "lib/Target/CUDA/EmitDevice/Team.h"
#include "lib/Target/Common/BodyVectorizer.h"
#include "lib/Target/Common/Fold.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;
using kernel::Access;
using kernel::Extent;

MapSweep::MapSweep(kernel::MapOp op, ArrayRef<MapResult> results)
    : op(op), results(results) {
  bool isHalf = llvm::any_of(op->getOperandTypes(), [](Type type) {
    return getElementTypeOrSelf(type).isInteger(16);
  });
  lanes = isHalf ? 8 : 4;
  int64_t streams = std::max<int64_t>(1, op.getInputs().size());
  unroll = std::clamp<int64_t>(8 / streams, 1, 4);
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

Folds steepest::buildFoldLoop(
    IndexBuilder &b, Value begin, Value end, Value step, Folds folds,
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

Value MapSweep::buildAligned(IndexBuilder &b) {
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
  for (const MapResult &result : results)
    if (result.isStore())
      visit(result.memory, result.attr.getExtent() == Extent::Full);
  return aligned;
}

Folds MapSweep::identities(IndexBuilder &b) {
  Folds folds;
  for (const MapResult &result : results)
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

Folds MapSweep::run(IndexBuilder &b, Value start, Value end, Value stride,
                    int64_t width, int64_t unroll, bool aligned, Folds folds,
                    PositionOf position) {
  Folds vectors;
  for (const MapResult &result : results)
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
      values.push_back(body.cloneColumns(b, positions.back().second,
                                         /*mask=*/nullptr));
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
    vectors = buildFoldLoop(b, zero, stop, b.index(unroll), vectors,
                            [&](IndexBuilder &b, Value turn, Folds carried) {
                              return groups(b, turn, unroll, carried);
                            });
  }
  vectors = buildFoldLoop(b, stop, turns, b.index(1), vectors,
                          [&](IndexBuilder &b, Value turn, Folds carried) {
                            return groups(b, turn, 1, carried);
                          });
  for (auto [result, fold, vector] : llvm::zip_equal(results, folds, vectors))
    if (!result.isStore())
      fold = buildCombine(b, result.attr.getKind(), fold,
                          buildFoldAll(b, result.attr.getKind(), {vector}));
  return folds;
}

Folds MapSweep::runGroups(IndexBuilder &b, Value start, Value end, Value stride,
                          Value aligned, Folds folds, PositionOf position) {
  return buildIf(
      b, aligned, folds,
      [&](IndexBuilder &b) {
        return run(b, start, end, stride, lanes, unroll, /*aligned=*/true,
                   folds, position);
      },
      [&](IndexBuilder &b) {
        return run(b, start, end, stride, lanes, /*unroll=*/1,
                   /*aligned=*/false, folds, position);
      });
}
