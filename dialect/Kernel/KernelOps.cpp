//===- KernelOps.cpp - verifiers and builders of kernel ops ---------------===//
//
// Relations between operands that ODS constraints cannot say. `kernel.map` has
// a file of its own.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace steepest::kernel;

#define GET_OP_CLASSES
#include "dialect/Kernel/KernelOps.cpp.inc"

/// Whether static extents `a` and `b` can be equal.
static bool mayAgree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// Extent `dimension` of `type`, or of its transpose.
static int64_t getExtent(MemRefType type, bool transposed, unsigned dimension) {
  return type.getDimSize(transposed ? 1 - dimension : dimension);
}

//===----------------------------------------------------------------------===//
// ProductOp
//===----------------------------------------------------------------------===//

LogicalResult ProductOp::verify() {
  MemRefType lhs = getLhs().getType(), rhs = getRhs().getType(),
             into = getInto().getType();
  Type element = into.getElementType();

  if (getInto() == getLhs() || getInto() == getRhs()) // product_c1
    return emitOpError("expects a result that is not one of the factors");

  auto verifyElement = [&](Type type, StringRef what) -> LogicalResult {
    if (type == element)
      return success();
    return emitOpError("expects ")
           << what << " of type " << element << ", got " << type;
  };
  if (failed(verifyElement(lhs.getElementType(), "a left factor")) ||
      failed(verifyElement(rhs.getElementType(), "a right factor")))
    return failure();
  if (getAlpha() && failed(verifyElement(getAlpha().getType(), "a scale")))
    return failure(); // product_c2
  if (getBeta() && failed(verifyElement(getBeta().getType(), "a coefficient")))
    return failure();
  if (getGamma() && failed(verifyElement(getGamma().getType(), "a shift")))
    return failure();
  if (getFactors() && !element.isF32()) // product_c5
    return emitOpError("expects f32 for `factors`, got ") << element;
  if (getFactors() && (getLhsLower() || getRhsLower()))
    return emitOpError("expects no triangular factor with `factors`");
  if (bool(getBeta()) != bool(getAddend()))
    return emitOpError("expects an addend and its coefficient together");
  if (getAddend()) {
    auto addend = cast<MemRefType>(getAddend().getType());
    if (failed(verifyElement(addend.getElementType(), "an addend")))
      return failure();
    for (unsigned dimension : {0u, 1u})
      if (!mayAgree(addend.getDimSize(dimension), into.getDimSize(dimension)))
        return emitOpError("expects an addend of the shape of the result, got ")
               << addend << " and " << into;
  }

  if (!mayAgree(getExtent(lhs, getTransposeLhs(), 1),
                getExtent(rhs, getTransposeRhs(), 0)) ||
      !mayAgree(getExtent(lhs, getTransposeLhs(), 0), into.getDimSize(0)) ||
      !mayAgree(getExtent(rhs, getTransposeRhs(), 1), into.getDimSize(1)))
    return emitOpError("expects factors that fit the result, got ")
           << lhs << " and " << rhs << " into " << into;
  if ((getSymmetric() || getGamma()) &&
      !mayAgree(into.getDimSize(0), into.getDimSize(1)))
    return emitOpError("expects a square result, got ") << into;
  if (getLowerResult() && !getSymmetric()) // product_c3
    return emitOpError("expects lower_result together with symmetric");
  auto isSquare = [](MemRefType type) {
    return mayAgree(type.getDimSize(0), type.getDimSize(1));
  };
  if (getLhsLower() && !isSquare(lhs)) // product_c4
    return emitOpError("expects a square lhs_lower factor, got ") << lhs;
  if (getRhsLower() && !isSquare(rhs))
    return emitOpError("expects a square rhs_lower factor, got ") << rhs;
  if (getLowerBlocksResult() && (!getSymmetric() || getLowerResult())) // product_c6
    return emitOpError("expects lower_blocks_result together with symmetric, "
                       "without lower_result");
  if (getLhsLowerBlocks() && !isSquare(lhs)) // product_c7
    return emitOpError("expects a square lhs_lower_blocks factor, got ") << lhs;
  if (getRhsLowerBlocks() && !isSquare(rhs))
    return emitOpError("expects a square rhs_lower_blocks factor, got ") << rhs;
  if ((getLhsLowerBlocks() || getRhsLowerBlocks()) && !getFactors())
    return emitOpError("expects `factors` with a factor in lower blocks");
  return success();
}

//===----------------------------------------------------------------------===//
// EighOp
//===----------------------------------------------------------------------===//

LogicalResult EighOp::verify() {
  MemRefType matrix = getMatrix().getType();
  if (!matrix.getLayout().isIdentity()) // eigh_c1
    return emitOpError("expects a contiguous matrix, got ") << matrix;
  if (!mayAgree(matrix.getDimSize(0), matrix.getDimSize(1)))
    return emitOpError("expects a square matrix, got ") << matrix;
  Type element = getValues().getType().getElementType();
  if (element != matrix.getElementType()) // eigh_c2
    return emitOpError("expects eigenvalues of type ")
           << matrix.getElementType() << ", got " << element;
  if (!mayAgree(getValues().getType().getDimSize(0), matrix.getDimSize(0)))
    return emitOpError("expects as many eigenvalues as rows, got ")
           << getValues().getType() << " for " << matrix;
  return success();
}

//===----------------------------------------------------------------------===//
// RationalOp
//===----------------------------------------------------------------------===//

LogicalResult RationalOp::verify() {
  MemRefType matrix = getMatrix().getType(), into = getInto().getType();
  if (getMatrix() == getInto()) // rational_c1
    return emitOpError("expects a result that is not the matrix");
  if (matrix.getElementType() != into.getElementType()) // rational_c2
    return emitOpError("expects a result of type ")
           << matrix.getElementType() << ", got " << into.getElementType();
  size_t weights = getWeights().size(), poles = getPoles().size();
  if (weights != poles) // rational_c3
    return emitOpError("expects as many weights as poles, got ")
           << weights << " and " << poles;
  if (poles == 0)
    return emitOpError("expects at least one pole");
  for (MemRefType type : {matrix, into}) // rational_c4
    if (!mayAgree(type.getDimSize(0), type.getDimSize(1)))
      return emitOpError("expects square matrices, got ") << type;
  if (!mayAgree(matrix.getDimSize(0), into.getDimSize(0)))
    return emitOpError("expects matrices of one order, got ")
           << matrix << " and " << into;
  return success();
}

//===----------------------------------------------------------------------===//
// TransposeOp and CopyOp
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::verify() {
  MemRefType source = getSource().getType(), into = getInto().getType();
  if (source.getElementType() != into.getElementType())
    return emitOpError("expects one element type, got ")
           << source << " and " << into;
  if (source.getRank() != 2 || into.getRank() != 2)
    return emitOpError("expects matrices, got ") << source << " and " << into;
  if (!mayAgree(source.getDimSize(0), into.getDimSize(1)) ||
      !mayAgree(source.getDimSize(1), into.getDimSize(0)))
    return emitOpError("expects transposed shapes, got ")
           << source << " and " << into;
  return success();
}

LogicalResult CopyOp::verify() {
  MemRefType source = getSource().getType(), into = getInto().getType();
  if (source.getElementType() != into.getElementType() ||
      source.getRank() != into.getRank())
    return emitOpError("expects one rank and element type, got ")
           << source << " and " << into;
  for (int64_t dimension = 0; dimension < source.getRank(); ++dimension)
    if (!mayAgree(source.getDimSize(dimension), into.getDimSize(dimension)))
      return emitOpError("expects one shape, got ")
             << source << " and " << into;
  return success();
}

//===----------------------------------------------------------------------===//
// ParallelOp
//===----------------------------------------------------------------------===//

void ParallelOp::build(
    OpBuilder &builder, OperationState &state, Value tasks,
    function_ref<void(OpBuilder &, Location, Value, Value)> buildBody) {
  state.addOperands(tasks);
  OpBuilder::InsertionGuard guard(builder);
  Type index = builder.getIndexType();
  Block *body = builder.createBlock(state.addRegion(), {}, {index, index},
                                    {state.location, state.location});
  if (!buildBody)
    return;
  buildBody(builder, state.location, body->getArgument(0),
            body->getArgument(1));
  if (body->empty() || !body->back().hasTrait<OpTrait::IsTerminator>())
    YieldOp::create(builder, state.location);
}

LogicalResult ParallelOp::verifyRegions() {
  TypeRange arguments = getBody().getArgumentTypes();
  if (arguments.size() != 2 ||
      !llvm::all_of(arguments, [](Type type) { return type.isIndex(); }))
    return emitOpError("expects a body over a task and a worker of type index");
  if (cast<YieldOp>(getBody().front().getTerminator()).getNumOperands() != 0)
    return emitOpError("expects a body that yields nothing");
  return success();
}
