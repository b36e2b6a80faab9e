//===- Update.cpp - the step writes the memory of the host ----------------===//

#include "lib/Transforms/FormMaps/Shapes.h"
#include "lib/Transforms/LowerToKernels/Lowering.h"

using namespace mlir;
using namespace steepest;

/// Maps that make new values of parameters and states, and sums for
/// certificates, and nothing else: they write the memory of the host.
bool Lowering::isFinalMap(matrix::MapOp map) {
  SetVector<Operation *> path;
  return llvm::any_of(map->getResults(), isTensor) &&
         llvm::all_of(map->getResults(), [&](Value result) {
           if (!isTensor(result))
             return isOnlyCertified(result, path);
           return llvm::all_of(result.getUsers(), llvm::IsaPred<UpdateOp>);
         });
}

/// Whether the op is made of sums that final maps take.
bool Lowering::isReport(Operation &op) {
  return llvm::any_of(op.getOperands(), [&](Value operand) {
    Operation *maker = operand.getDefiningOp();
    return maker && !isTensor(operand) && reports.contains(maker);
  });
}

LogicalResult Lowering::lowerUpdate(UpdateOp op) {
  Location loc = op.getLoc();
  auto targetOf = [&](Value value) {
    for (auto [target, updated] : llvm::zip(op.getTargets(), op.getValues()))
      if (updated == value)
        return target;
    return Value();
  };
  SmallVector<matrix::MapOp> finals;
  for (Value value : op.getValues())
    if (auto map = value.getDefiningOp<matrix::MapOp>())
      if (isFinalMap(map) && !llvm::is_contained(finals, map))
        finals.push_back(map);
  llvm::sort(finals, [](matrix::MapOp a, matrix::MapOp b) {
    return a->isBeforeInBlock(b);
  });

  // A map writes the host's memory directly unless something else still reads
  // what it overwrites, other than itself at the same place.
  auto overwrites = [&](matrix::MapOp map, Value tensor) {
    return llvm::any_of(map.getResults(), [&](Value result) {
      return targetOf(result) == tensor;
    });
  };
  auto isDirect = [&](matrix::MapOp map) {
    for (Value result : map.getResults())
      if (isTensor(result) && llvm::count(op.getValues(), result) != 1)
        return false;
    for (auto [input, access] : llvm::zip(map.getInputs(), map.getAccess()))
      if (overwrites(map, input) && access != 0 &&
          cast<RankedTensorType>(input.getType()).getRank() == 1 &&
          cast<RankedTensorType>(map.getResult(0).getType()).getRank() == 2)
        return false;
    for (Value value : op.getValues())
      if (overwrites(map, value))
        return false; // a plain copy of an old value
    return llvm::all_of(finals, [&](matrix::MapOp other) {
      return other == map || llvm::none_of(other.getInputs(), [&](Value input) {
               return overwrites(map, input);
             });
    });
  };

  SmallVector<matrix::MapOp> direct;
  for (matrix::MapOp map : finals) {
    if (isDirect(map)) {
      direct.push_back(map);
      continue;
    }
    SmallVector<Value> outputs;
    for (Value result : map.getResults())
      if (isTensor(result))
        outputs.push_back(destination(result));
    if (failed(lowerMap(map, outputs)))
      return failure();
  }

  Value code = memref::LoadOp::create(builder, loc, status, ValueRange{});
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value clean =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, code, zero);
  auto commit = scf::IfOp::create(builder, loc, clean);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(commit.thenYield());
  SmallVector<Value> tensors, targets;
  for (auto [target, value] : llvm::zip(op.getTargets(), op.getValues())) {
    if (!isTensor(value)) {
      Value origin = arith::ConstantIndexOp::create(builder, loc, 0);
      memref::StoreOp::create(builder, loc, scalars.lookup(value),
                              memoryOf(target), ValueRange{origin, origin});
      continue;
    }
    if (value == target ||
        llvm::is_contained(direct, value.getDefiningOp<matrix::MapOp>()))
      continue;
    tensors.push_back(value);
    targets.push_back(memoryOf(target));
  }
  for (matrix::MapOp map : direct) {
    SmallVector<Value> outputs;
    for (Value result : map.getResults())
      if (isTensor(result))
        outputs.push_back(memoryOf(targetOf(result)));
    if (failed(lowerMap(map, outputs)))
      return failure();
  }
  copyAll(tensors, targets, loc);
  for (Operation *report : std::exchange(reports, {}))
    if (!isa<matrix::MapOp>(report) && failed(lower(*report)))
      return failure();
  return success();
}
