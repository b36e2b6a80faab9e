//===- Maps.cpp - fused maps on a team of blocks --------------------------===//
//
// Blocks take tasks (MapTask.h) in turn. Partial results are folded by the last
// block to come. A map that folds to rows and to columns is two maps.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Maps.h"

#include "lib/Target/CUDA/EmitDevice/MapTask.h"
#include "lib/Target/Common/Fold.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultAttr;
using kernel::ResultKind;

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
  SmallVector<MapResult> results;
  unsigned scalars = 0, outputs = 0;
  for (auto [attr, value] : llvm::zip_equal(op.getKinds(), op.getYielded())) {
    MapResult result{attr, value.getType(), Value()};
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
    for (const MapResult &result : results) {
      if (!result.foldsTo(Extent::Scalar))
        continue;
      ResultKind kind = result.attr.getKind();
      Folds fold = {buildIdentity(b, kind, result.element)};
      fold = buildFoldLoop(
          b, team.getThread(), tasks.count, b.index(blockThreads), fold,
          [&](IndexBuilder &b, Value task, Folds carried) {
            Value partial = memref::LoadOp::create(b, result.memory, task);
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
  for (const MapResult &result : results)
    if (result.foldsTo(Extent::Scalar)) {
      Value slot = team.getSlot(b, number, result.element);
      Value value = memref::LoadOp::create(b, slot, ValueRange{b.index(0)});
      op.getFolds()[number++].replaceAllUsesWith(value);
    }
  op.erase();
  return success();
}
