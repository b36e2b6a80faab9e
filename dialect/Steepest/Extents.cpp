//===- Extents.cpp - where tensors of a rule have their extents from ------===//

#include "dialect/Steepest/Extents.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace steepest;

ExtentSource steepest::getArgumentExtent(OptimizerOp optimizer,
                                         unsigned argument, unsigned dim) {
  Value value = optimizer.getBody().getArgument(argument);
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.isDynamicDim(dim))
    return {type.getDimSize(dim)};
  unsigned like = optimizer.getLike(argument);
  unsigned states = 2 * optimizer.getNumParameters();
  if (argument >= states) {
    StateShape shape = optimizer.getInitial(argument - states).getShape();
    if (shape != StateShape::Whole)
      dim = shape == StateShape::Rows ? 0 : 1;
  }
  return {ShapedType::kDynamic, like, dim};
}

/// What a block argument of a loop starts as; null for other arguments.
static Value initOf(BlockArgument argument) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto loop = dyn_cast<scf::ForOp>(parent)) {
    OpOperand *init = loop.getTiedLoopInit(argument);
    return init ? init->get() : Value();
  }
  auto loop = dyn_cast<scf::WhileOp>(parent);
  if (!loop)
    return {};
  unsigned number = argument.getArgNumber();
  return argument.getOwner() == loop.getBeforeBody()
             ? loop.getInits()[number]
             : loop.getConditionOp().getArgs()[number];
}

/// The tensor whose extents a result of the same rank has, if there is one:
/// elementwise ops and those of the language keep a shape, and `like` names
/// it.
static Value shapeOperand(Operation *op, RankedTensorType type) {
  if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op))
    return broadcast.getLike();
  if (auto fill = dyn_cast<FillOp>(op))
    return fill.getLike();
  if (auto index = dyn_cast<matrix::IndexOp>(op))
    return index.getLike();
  bool keeps = isa_and_nonnull<SteepestDialect>(op->getDialect()) ||
               op->hasTrait<OpTrait::Elementwise>() ||
               isa<tensor::CastOp, matrix::MsignOp, matrix::LeadingOp,
                   matrix::SpectralPowerOp>(op);
  if (!keeps)
    return {};
  for (Value operand : op->getOperands())
    if (auto tensor = dyn_cast<RankedTensorType>(operand.getType()))
      if (tensor.getRank() == type.getRank())
        return operand;
  return {};
}

std::optional<ExtentSource> steepest::getExtent(OptimizerOp optimizer,
                                                Value tensor, unsigned dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return ExtentSource{type.getDimSize(dim)};
  auto of = [&](Value value, unsigned dim) {
    return getExtent(optimizer, value, dim);
  };
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    if (argument.getOwner() == &optimizer.getBody().front())
      return getArgumentExtent(optimizer, argument.getArgNumber(), dim);
    Value init = initOf(argument);
    return init ? of(init, dim) : std::nullopt;
  }
  Operation *op = tensor.getDefiningOp();
  unsigned number = cast<OpResult>(tensor).getResultNumber();
  if (auto apply = dyn_cast<ApplyOp>(op))
    return of(apply.getMatrix(), apply.getTranspose() ? 1 : 0);
  if (auto directions = dyn_cast<DirectionsOp>(op))
    return of(directions.getInputs()[number], dim);
  if (auto product = dyn_cast<matrix::ProductOp>(op))
    return dim == 0 ? of(product.getLhs(), product.getTransposeLhs() ? 1 : 0)
                    : of(product.getRhs(), product.getTransposeRhs() ? 0 : 1);
  if (auto transpose = dyn_cast<matrix::TransposeOp>(op))
    return of(transpose.getInput(), 1 - dim);
  if (isa<matrix::EighOp, matrix::EigenvaluesOp, matrix::RationalOp>(op))
    return of(op->getOperand(0), 0);
  if (auto reduce = dyn_cast<matrix::ReduceOp>(op))
    return of(reduce.getInput(),
              reduce.getExtent() == matrix::Extent::Row ? 0 : 1);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    std::optional<ExtentSource> first =
        of(branch.thenYield().getResults()[number], dim);
    // A choice by shape may be one of shapes.
    return first == of(branch.elseYield().getResults()[number], dim)
               ? first
               : std::nullopt;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return of(loop.getInits()[number], dim);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return of(loop.getConditionOp().getArgs()[number], dim);
  Value shape = shapeOperand(op, type);
  return shape ? of(shape, dim) : std::nullopt;
}

std::string steepest::printExtents(OptimizerOp optimizer, Value tensor) {
  std::string text;
  auto type = cast<RankedTensorType>(tensor.getType());
  for (unsigned dim = 0; dim < type.getRank(); ++dim) {
    std::optional<ExtentSource> extent = getExtent(optimizer, tensor, dim);
    if (dim > 0)
      text += " x ";
    if (!extent)
      text += "?";
    else if (extent->isStatic())
      text += std::to_string(extent->size);
    else if (cast<RankedTensorType>(
                 optimizer.getBody().getArgument(extent->argument).getType())
                 .getRank() == 1)
      text += "length of " + optimizer.getArgumentName(extent->argument).str();
    else
      text += (extent->dim == 0 ? "rows of " : "columns of ") +
              optimizer.getArgumentName(extent->argument).str();
  }
  return text;
}
