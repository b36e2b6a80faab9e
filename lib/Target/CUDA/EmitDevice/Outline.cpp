//===- Outline.cpp - kernels as functions of a long program ---------------===//

#include "lib/Target/CUDA/EmitDevice/Outline.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace steepest;

/// What the operation uses of what lies around it: constants, which its
/// function has for itself, and everything else.
static std::pair<SmallVector<Value>, SmallVector<Value>>
findOperands(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  SmallVector<Value> constants, others;
  for (Value value : used)
    (value.getDefiningOp<arith::ConstantOp>() ? constants : others)
        .push_back(value);
  return {constants, others};
}

/// What the function calls it.
static StringRef getName(Operation *op, Value operand) {
  auto map = dyn_cast<kernel::MapOp>(op);
  if (!map)
    return operand == op->getOperand(0) ? "source" : "into";
  if (llvm::is_contained(map.getOutputs(), operand))
    return "output";
  if (llvm::is_contained(map.getInputs(), operand))
    return "input";
  return operand == map.getRows()      ? "rows"
         : operand == map.getCols()    ? "cols"
         : operand == map.getScratch() ? "scratch"
                                       : "scalar";
}

/// Everything that the function depends on: values are numbered, and places in
/// the spec left out.
static std::string getStructure(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  function.print(stream, OpPrintingFlags().useLocalScope());
  return text;
}

LogicalResult OutlinedKernels::outline(
    Operation *op,
    llvm::function_ref<LogicalResult(Operation *, Team &)> emit) {
  OpBuilder builder(op);
  IndexBuilder b(op->getLoc(), builder);
  b.setInsertionPoint(op);
  auto [constants, operands] = findOperands(op);
  SmallVector<Value> arguments = {team.getHeader(), team.getSlots()};
  SmallVector<StringRef> names = {"header", "slots"};
  for (Value operand : operands) {
    arguments.push_back(operand);
    names.push_back(getName(op, operand));
  }

  // As it would be, to see whether there is one already.
  OpBuilder::InsertionGuard guard(b);
  auto function = makeDeviceFunction(b, team.getModule(), "map",
                                     ValueRange(arguments).getTypes(), names);
  IRMapping mapping;
  mapping.map(operands, function.getArguments().drop_front(2));
  for (Value constant : constants)
    mapping.map(constant, b.clone(*constant.getDefiningOp())->getResult(0));
  Operation *inner = b.clone(*op, mapping);
  func::ReturnOp::create(b);
  auto [known, isNew] = functions.try_emplace(getStructure(function), function);
  if (isNew) {
    function->setAttr(kernelFunctionAttrName, b.getUnitAttr());
    function.setName("map." + std::to_string(functions.size() - 1));
    b.setInsertionPointToStart(&function.front());
    Team own(b, team.getModule(), function.getArgument(0),
             function.getArgument(1));
    if (failed(emit(inner, own)))
      return failure();
  } else {
    function.erase();
  }

  b.setInsertionPoint(op);
  func::CallOp::create(b, known->second, arguments);
  for (OpResult fold : op->getResults()) {
    Value slot = team.getSlot(b, fold.getResultNumber(), fold.getType());
    fold.replaceAllUsesWith(
        memref::LoadOp::create(b, slot, ValueRange{b.index(0)}).getResult());
  }
  op->erase();
  return success();
}
