//===- Control.cpp - conditionals and loops over memory -------------------===//
//
// Control keeps its scalars and loses its tensors: a tensor that a conditional
// yields is made in, or copied to, memory that both branches share; a tensor
// that a loop carries has one buffer, into which the end of an iteration
// copies.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerToKernels/Lowering.h"

using namespace mlir;
using namespace steepest;

LogicalResult Lowering::lowerIf(scf::IfOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets;
  SmallVector<Type> types;
  for (Value result : op.getResults()) {
    if (isTensor(result))
      targets.push_back(destination(result));
    else
      types.push_back(result.getType());
  }
  auto branch =
      scf::IfOp::create(builder, loc, types, scalars.lookup(op.getCondition()),
                        /*withElseRegion=*/op.elseBlock() != nullptr);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [source, target] :
       llvm::zip(op->getRegions(), branch->getRegions())) {
    if (source.empty())
      continue;
    Block &block = source.front();
    if (!types.empty() || target.front().empty())
      builder.setInsertionPointToEnd(&target.front());
    else
      builder.setInsertionPoint(target.front().getTerminator());
    auto yield = cast<scf::YieldOp>(block.getTerminator());
    SmallVector<Value> tensors;
    for (Value value : yield.getResults())
      if (isTensor(value))
        tensors.push_back(value);
    // What is made here for the result is made in its memory.
    for (auto [tensor, target] : llvm::zip(tensors, targets)) {
      Operation *maker = tensor.getDefiningOp();
      if (maker && maker->getBlock() == &block && !isa<tensor::CastOp>(maker))
        promised.try_emplace(tensor, target);
    }
    if (failed(lowerBlock(block)))
      return failure();
    copyAll(tensors, targets, loc);
    if (!types.empty())
      scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  }
  unsigned next = 0;
  for (Value result : op.getResults())
    if (!isTensor(result))
      scalars.map(result, branch.getResult(next++));
  return success();
}

LogicalResult Lowering::lowerFor(scf::ForOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets, tensors, inits;
  for (auto [init, argument, result] :
       llvm::zip(op.getInits(), op.getRegionIterArgs(), op.getResults())) {
    if (!isTensor(init)) {
      inits.push_back(scalars.lookup(init));
      continue;
    }
    Value target = buffers.allocate(init);
    copy(memoryOf(init), target, loc);
    buffers.assign(argument, target);
    buffers.assign(result, target);
    targets.push_back(target);
  }
  auto loop = scf::ForOp::create(builder, loc,
                                 scalars.lookupOrDefault(op.getLowerBound()),
                                 scalars.lookupOrDefault(op.getUpperBound()),
                                 scalars.lookupOrDefault(op.getStep()), inits);
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  unsigned next = 0;
  for (auto [argument, result] :
       llvm::zip(op.getRegionIterArgs(), op.getResults()))
    if (!isTensor(argument)) {
      scalars.map(argument, loop.getRegionIterArg(next));
      scalars.map(result, loop.getResult(next++));
    }
  OpBuilder::InsertionGuard guard(builder);
  Block *body = loop.getBody();
  if (body->mightHaveTerminator())
    builder.setInsertionPoint(body->getTerminator());
  else
    builder.setInsertionPointToEnd(body);
  if (failed(lowerBlock(*op.getBody())))
    return failure();
  auto yield = cast<scf::YieldOp>(op.getBody()->getTerminator());
  for (Value value : yield.getResults())
    if (isTensor(value))
      tensors.push_back(value);
  copyAll(tensors, targets, loc);
  if (!inits.empty()) {
    builder.setInsertionPointToEnd(body);
    scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  }
  return success();
}

LogicalResult Lowering::lowerWhile(scf::WhileOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> targets, inits;
  SmallVector<Type> types;
  for (auto [init, argument] :
       llvm::zip(op.getInits(), op.getBeforeArguments())) {
    if (!isTensor(init)) {
      inits.push_back(scalars.lookup(init));
      continue;
    }
    Value target = buffers.allocate(init);
    copy(memoryOf(init), target, loc);
    buffers.assign(argument, target);
    targets.push_back(target);
  }
  for (Value result : op.getResults())
    if (!isTensor(result))
      types.push_back(result.getType());
  auto loop = scf::WhileOp::create(builder, loc, types, inits);
  OpBuilder::InsertionGuard guard(builder);

  Block *before =
      builder.createBlock(&loop.getBefore(), {}, ValueRange(inits).getTypes(),
                          SmallVector<Location>(inits.size(), loc));
  unsigned next = 0;
  for (Value argument : op.getBeforeArguments())
    if (!isTensor(argument))
      scalars.map(argument, before->getArgument(next++));
  if (failed(lowerBlock(*op.getBeforeBody())))
    return failure();
  scf::ConditionOp condition = op.getConditionOp();
  scf::ConditionOp::create(builder, loc,
                           scalars.lookup(condition.getCondition()),
                           scalarsOf(condition.getArgs()));

  // Tensors are handed on where they lie.
  Block *after = builder.createBlock(&loop.getAfter(), {}, types,
                                     SmallVector<Location>(types.size(), loc));
  next = 0;
  for (auto [value, argument, result] : llvm::zip(
           condition.getArgs(), op.getAfterArguments(), op.getResults())) {
    if (isTensor(value)) {
      buffers.assign(argument, memoryOf(value));
      buffers.assign(result, memoryOf(value));
      continue;
    }
    scalars.map(argument, after->getArgument(next));
    scalars.map(result, loop.getResult(next++));
  }
  if (failed(lowerBlock(*op.getAfterBody())))
    return failure();
  scf::YieldOp yield = op.getYieldOp();
  SmallVector<Value> tensors;
  for (Value value : yield.getResults())
    if (isTensor(value))
      tensors.push_back(value);
  copyAll(tensors, targets, loc);
  scf::YieldOp::create(builder, loc, scalarsOf(yield.getResults()));
  return success();
}
