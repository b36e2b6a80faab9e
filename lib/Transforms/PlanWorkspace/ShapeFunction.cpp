//===- ShapeFunction.cpp - functions of the extents of an entry -----------===//

#include "lib/Transforms/PlanWorkspace/ShapeFunction.h"

#include "dialect/Kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace steepest;

//===----------------------------------------------------------------------===//
// As a function
//===----------------------------------------------------------------------===//

ShapeFunction::ShapeFunction(func::FuncOp entry, StringRef suffix,
                             StringRef attribute, bool takesThreads)
    : entry(entry), builder(entry) {
  auto isMemory = [](Type type) { return isa<MemRefType>(type); };
  // The last argument is the workspace.
  unsigned tensors =
      llvm::count_if(entry.getArgumentTypes().drop_back(), isMemory);
  SmallVector<Type> types(2 * tensors + takesThreads, builder.getIndexType());
  function = func::FuncOp::create(
      builder, entry.getLoc(), (entry.getName() + suffix).str(),
      builder.getFunctionType(types, builder.getIndexType()));
  function->setAttr(attribute, builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());
  threads = takesThreads ? Value(function.getArguments().back()) : constant(1);
}

Value ShapeFunction::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, entry.getLoc(), value);
}

Value ShapeFunction::argumentExtent(BlockArgument argument, unsigned dim) {
  bool isVector = cast<MemRefType>(argument.getType()).getRank() == 1;
  return function.getArgument(2 * argument.getArgNumber() +
                              (isVector ? 1 : dim));
}

Value ShapeFunction::clone(Value value) {
  if (Value found = mapping.lookupOrNull(value))
    return found;
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  Value result;
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    if (dim.getConstantIndex())
      result = extent(dim.getSource(), *dim.getConstantIndex());
  } else if (isa<kernel::ThreadsOp>(op)) {
    result = threads;
  } else if (op->getNumResults() == 1 && op->getNumRegions() == 0 &&
             isMemoryEffectFree(op)) {
    for (Value operand : op->getOperands())
      if (!clone(operand))
        return {};
    result = builder.clone(*op, mapping)->getResult(0);
  }
  if (result)
    mapping.map(value, result);
  return result;
}

Value ShapeFunction::extent(Value memory, unsigned dim) {
  auto type = cast<MemRefType>(memory.getType());
  if (!type.isDynamicDim(dim))
    return constant(type.getDimSize(dim));
  if (auto argument = dyn_cast<BlockArgument>(memory))
    return argument.getOwner() == &entry.getBody().front()
               ? argumentExtent(argument, dim)
               : Value();
  unsigned dynamic = type.getDynamicDimIndex(dim);
  Operation *op = memory.getDefiningOp();
  if (auto view = dyn_cast<memref::ViewOp>(op))
    return clone(view.getSizes()[dynamic]);
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return clone(alloc.getDynamicSizes()[dynamic]);
  if (auto part = dyn_cast<memref::SubViewOp>(op))
    return clone(part.getSizes()[dynamic]);
  if (auto cast = dyn_cast<memref::CastOp>(op))
    return extent(cast.getSource(), dim);
  return {};
}

void ShapeFunction::finish(Value result) {
  func::ReturnOp::create(builder, entry.getLoc(), result);
}

//===----------------------------------------------------------------------===//
// As numbers
//===----------------------------------------------------------------------===//

std::string ReferenceShape::getName() {
  return std::to_string(rows) + "x" + std::to_string(cols);
}

int64_t ReferenceShape::evaluate(Value value) {
  auto number = dyn_cast_or_null<IntegerAttr>(fold(value));
  return number ? number.getInt() : 0;
}

Attribute ReferenceShape::fold(Value value) {
  if (Attribute found = known.lookup(value))
    return found;
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  auto asIndex = [&](int64_t number) {
    return IntegerAttr::get(IndexType::get(op->getContext()), number);
  };
  Attribute result;
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    bool isVector = cast<MemRefType>(dim.getSource().getType()).getRank() == 1;
    result = asIndex(isVector || dim.getConstantIndex() != 0 ? cols : rows);
  } else if (isa<kernel::ThreadsOp>(op)) {
    result = asIndex(1);
  } else if (op->getNumResults() == 1) {
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands())
      operands.push_back(fold(operand));
    SmallVector<OpFoldResult> folded;
    if (llvm::all_of(operands, [](Attribute a) { return bool(a); }) &&
        succeeded(op->fold(operands, folded)) && folded.size() == 1)
      result = isa<Attribute>(folded.front())
                   ? cast<Attribute>(folded.front())
                   : fold(cast<Value>(folded.front()));
  }
  return known[value] = result;
}
