//===- Buffers.cpp - memory for tensor values -----------------------------===//

#include "lib/Transforms/LowerToKernels/Buffers.h"
#include "dialect/Kernel/Kernel.h"
#include "dialect/Steepest/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace steepest;

Buffers::Buffers(OptimizerOp optimizer, func::FuncOp entry)
    : optimizer(optimizer), entry(entry), builder(entry.getContext()) {
  builder.setInsertionPoint(&entry.getBody().front().front());
}

MemRefType Buffers::getType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getRank(), ShapedType::kDynamic);
  return MemRefType::get(shape,
                         kernel::getElementInMemory(tensor.getElementType()));
}

/// Whether a value follows from the extents of tensors alone.
static bool isMadeOfExtents(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  return isa<tensor::DimOp>(op) ||
         (isa<arith::ArithDialect>(op->getDialect()) &&
          llvm::all_of(op->getOperands(), isMadeOfExtents));
}

Value Buffers::extent(Value tensor, unsigned dim) {
  Value &known = extents[{tensor, dim}];
  if (!known) {
    Value computed = computeExtent(tensor, dim);
    return extents[{tensor, dim}] = computed;
  }
  return known;
}

Value Buffers::computeExtent(Value tensor, unsigned dim) {
  Location loc = tensor.getLoc();
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return arith::ConstantIndexOp::create(builder, loc, type.getDimSize(dim));

  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    unsigned number = argument.getArgNumber();
    Operation *parent = argument.getOwner()->getParentOp();
    if (parent == optimizer) {
      ExtentSource source = getArgumentExtent(optimizer, number, dim);
      if (source.argument != number)
        return extent(optimizer.getBody().getArgument(source.argument),
                      source.dim);
      return memref::DimOp::create(builder, loc, entry.getArgument(number),
                                   dim);
    }
    // Tensors carried by a loop keep their shape.
    if (auto loop = dyn_cast<scf::ForOp>(parent))
      return extent(loop.getTiedLoopInit(argument)->get(), dim);
    auto loop = cast<scf::WhileOp>(parent);
    if (argument.getOwner() == loop.getBeforeBody())
      return extent(loop.getInits()[number], dim);
    return extent(loop.getConditionOp().getArgs()[number], dim);
  }

  Operation *op = tensor.getDefiningOp();
  unsigned result = cast<OpResult>(tensor).getResultNumber();
  if (auto product = dyn_cast<matrix::ProductOp>(op))
    return dim == 0 ? extent(product.getLhs(), product.getTransposeLhs())
                    : extent(product.getRhs(), !product.getTransposeRhs());
  if (auto transpose = dyn_cast<matrix::TransposeOp>(op))
    return extent(transpose.getInput(), 1 - dim);
  if (isa<matrix::EighOp, matrix::EigenvaluesOp, matrix::RationalOp>(op))
    return extent(op->getOperand(0), 0);
  if (auto block = dyn_cast<matrix::BlockOp>(op)) {
    int64_t count = dim == 0 ? block.getRows() : block.getCols();
    return arith::DivUIOp::create(
        builder, loc, extent(block.getInput(), dim),
        arith::ConstantIndexOp::create(builder, loc, count));
  }
  if (auto assemble = dyn_cast<matrix::AssembleOp>(op))
    return extent(assemble.getLike(), dim);
  if (auto map = dyn_cast<matrix::MapOp>(op)) {
    if (type.getRank() == 2)
      return index(dim == 0 ? map.getRows() : map.getCols());
    auto extent = static_cast<matrix::Extent>(map.getExtents()[result]);
    return index(extent == matrix::Extent::Row ? map.getRows() : map.getCols());
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Value first = extent(branch.thenYield().getResults()[result], dim);
    if (!isMadeOfExtents(branch.getCondition()))
      return first;
    // A choice by shape may be one of shapes: a wide matrix transposed, a tall
    // one left as it is.
    Value second = extent(branch.elseYield().getResults()[result], dim);
    return arith::SelectOp::create(builder, loc, index(branch.getCondition()),
                                   first, second);
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return extent(loop.getInits()[result], dim);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return extent(loop.getConditionOp().getArgs()[result], dim);
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return extent(cast.getSource(), dim);
  if (auto splat = dyn_cast<tensor::SplatOp>(op))
    return index(splat.getDynamicSizes()[type.getDynamicDimIndex(dim)]);
  failed = true;
  op->emitOpError() << "has a result of unknown shape";
  return arith::ConstantIndexOp::create(builder, loc, 0);
}

Value Buffers::index(Value value) {
  if (Value known = indices.lookup(value))
    return known;
  Operation *op = value.getDefiningOp();
  Value result;
  auto dim = dyn_cast_or_null<tensor::DimOp>(op);
  if (dim && dim.getConstantIndex()) {
    result = extent(dim.getSource(), *dim.getConstantIndex());
  } else if (op && isa<arith::ArithDialect>(op->getDialect())) {
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, index(operand));
    result = builder.clone(*op, mapping)->getResult(0);
  } else {
    failed = true;
    emitError(value.getLoc())
        << "expects an extent made of extents of arguments";
    result = arith::ConstantIndexOp::create(builder, value.getLoc(), 0);
  }
  return indices[value] = result;
}

Value Buffers::allocate(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> sizes;
  for (unsigned dim = 0; dim < type.getRank(); ++dim)
    sizes.push_back(extent(tensor, dim));
  return memref::AllocOp::create(builder, tensor.getLoc(),
                                 getType(tensor.getType()), sizes);
}

Value Buffers::allocateBytes(Value bytes, Location loc) {
  return memref::AllocOp::create(
      builder, loc, kernel::getBytesType(builder.getContext()), bytes);
}
