//===- MatrixOps.cpp - verifiers of matrix programs -----------------------===//

#include "dialect/Matrix/Matrix.h"

using namespace mlir;
using namespace steepest::matrix;

#define GET_OP_CLASSES
#include "dialect/Matrix/MatrixOps.cpp.inc"

/// True unless both extents are static and differ.
static bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

static Type elementOf(Value value) {
  return getElementTypeOrSelf(value.getType());
}

LogicalResult ProductOp::verify() {
  auto lhs = cast<RankedTensorType>(getLhs().getType());
  auto rhs = cast<RankedTensorType>(getRhs().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  bool tl = getTransposeLhs(), tr = getTransposeRhs();
  int64_t rows = lhs.getDimSize(tl), inner = lhs.getDimSize(!tl);
  int64_t innerRhs = rhs.getDimSize(tr), cols = rhs.getDimSize(!tr);
  if (!agree(inner, innerRhs))
    return emitOpError() << "expects factors with a common inner extent, got "
                         << inner << " and " << innerRhs;
  if (!agree(rows, result.getDimSize(0)) || !agree(cols, result.getDimSize(1)))
    return emitOpError() << "expects a result of the outer extents, got "
                         << result;
  for (Value operand : getOperands())
    if (elementOf(operand) != result.getElementType())
      return emitOpError() << "expects operands of element type "
                           << result.getElementType() << ", got "
                           << operand.getType();
  if (getFactors() && !result.getElementType().isF32())
    return emitOpError() << "expects f32 for `factors`, got "
                         << result.getElementType();
  if ((getSymmetric() || getGamma()) &&
      !agree(result.getDimSize(0), result.getDimSize(1)))
    return emitOpError() << "expects a square result for `symmetric` or a "
                            "shift, got "
                         << result;
  return success();
}

LogicalResult TransposeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (!agree(input.getDimSize(0), result.getDimSize(1)) ||
      !agree(input.getDimSize(1), result.getDimSize(0)) ||
      input.getElementType() != result.getElementType())
    return emitOpError() << "expects the transposed type of " << input
                         << ", got " << result;
  return success();
}

/// The extents of a block of `whole` in a grid.
static bool isBlockOf(RankedTensorType block, RankedTensorType whole,
                      int64_t rows, int64_t cols) {
  auto divides = [](int64_t extent, int64_t count, int64_t part) {
    return ShapedType::isDynamic(extent) ? true : agree(extent / count, part);
  };
  return block.getElementType() == whole.getElementType() &&
         divides(whole.getDimSize(0), rows, block.getDimSize(0)) &&
         divides(whole.getDimSize(1), cols, block.getDimSize(1));
}

LogicalResult BlockOp::verify() {
  int64_t rows = getRows(), cols = getCols(), row = getRow(), col = getCol();
  if (row < 0 || row >= rows || col < 0 || col >= cols)
    return emitOpError() << "expects a block of a grid of " << rows << " x "
                         << cols << ", got [" << row << ", " << col << "]";
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (!isBlockOf(result, input, rows, cols))
    return emitOpError() << "expects a block of " << input << " in a grid of "
                         << rows << " x " << cols << ", got " << result;
  return success();
}

LogicalResult AssembleOp::verify() {
  int64_t rows = getRows(), cols = getCols();
  if (rows < 1 || cols < 1 ||
      getBlocks().size() != static_cast<size_t>(rows * cols))
    return emitOpError() << "expects " << rows << " x " << cols
                         << " blocks, got " << getBlocks().size();
  auto result = cast<RankedTensorType>(getResult().getType());
  for (Type type : getBlocks().getTypes()) {
    auto block = cast<RankedTensorType>(type);
    if (!isBlockOf(block, result, rows, cols))
      return emitOpError() << "expects blocks of " << result << " in a grid of "
                           << rows << " x " << cols << ", got " << block;
  }
  return success();
}

/// Eigen-problems are of square matrices.
static LogicalResult verifySquare(Operation *op) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  if (!agree(input.getDimSize(0), input.getDimSize(1)))
    return op->emitOpError() << "expects a square matrix, got " << input;
  return success();
}

LogicalResult EighOp::verify() { return verifySquare(*this); }

LogicalResult EigenvaluesOp::verify() { return verifySquare(*this); }

LogicalResult RationalOp::verify() {
  ArrayRef<double> weights = getWeights(), poles = getPoles();
  if (weights.size() != poles.size())
    return emitOpError() << "expects as many weights as poles, got "
                         << weights.size() << " and " << poles.size();
  if (poles.empty())
    return emitOpError("expects at least one pole");
  if (!std::isfinite(getConstant().convertToDouble()))
    return emitOpError() << "expects a finite constant, got "
                         << getConstantAttr();
  for (double value : llvm::concat<const double>(weights, poles))
    if (!std::isfinite(value))
      return emitOpError() << "expects finite weights and poles, got "
                           << printReal(value);
  return verifySquare(*this);
}

LogicalResult MsignOp::verify() {
  if (!isa<BandAttr, PolynomialsAttr, FractionsAttr, RationalStepsAttr,
           ExactAttr>(getContract()))
    return emitOpError() << "expects a band, polynomials, fractions, rational "
                            "steps or exact contract, got "
                         << getContract();
  return success();
}

LogicalResult SpectralPowerOp::verify() {
  double power = getPower().convertToDouble();
  if (!(power >= 0))
    return emitOpError() << "expects a power >= 0, got " << printReal(power);
  Attribute contract = getContractAttr();
  if (!contract)
    return success();
  if (!isa<BandAttr, FractionsAttr>(contract))
    return emitOpError() << "expects a band or fractions as contract, got "
                         << contract;
  if (!(power > 0 && power < 1))
    return emitOpError()
           << "expects a power between 0 and 1 with a contract, got "
           << printReal(power);
  return success();
}

LogicalResult ReduceOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  Type result = getResult().getType();
  if (elementOf(getInput()) != getElementTypeOrSelf(result))
    return emitOpError() << "expects a result of element type "
                         << input.getElementType() << ", got " << result;
  if (getExtent() == Extent::Scalar)
    return isa<RankedTensorType>(result)
               ? emitOpError() << "expects a scalar result, got " << result
               : LogicalResult(success());
  auto vector = dyn_cast<RankedTensorType>(result);
  if (input.getRank() != 2 || !vector || vector.getRank() != 1)
    return emitOpError() << "expects a matrix folded into a vector, got "
                         << input << " and " << result;
  unsigned dim = getExtent() == Extent::Row ? 0 : 1;
  if (!agree(input.getDimSize(dim), vector.getDimSize(0)))
    return emitOpError() << "expects " << input.getDimSize(dim)
                         << " results, got " << vector.getDimSize(0);
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto result = cast<RankedTensorType>(getResult().getType());
  auto like = cast<RankedTensorType>(getLike().getType());
  if (result.getShape() != like.getShape())
    return emitOpError() << "expects the shape of " << like << ", got "
                         << result;
  if (elementOf(getValue()) != result.getElementType())
    return emitOpError() << "expects a value of element type "
                         << result.getElementType() << ", got "
                         << getValue().getType();
  auto vector = dyn_cast<RankedTensorType>(getValue().getType());
  if (getAlong() == Extent::Scalar) {
    if (vector)
      return emitOpError() << "expects `along row` or `along column` with a "
                              "vector, got none";
    return success();
  }
  if (!vector || vector.getRank() != 1 || result.getRank() != 2)
    return emitOpError() << "expects a vector spread over a matrix, got "
                         << getValue().getType() << " and " << result;
  unsigned dim = getAlong() == Extent::Row ? 0 : 1;
  if (!agree(vector.getDimSize(0), result.getDimSize(dim)))
    return emitOpError() << "expects a vector of " << result.getDimSize(dim)
                         << " values, got " << vector.getDimSize(0);
  return success();
}

LogicalResult IndexOp::verify() {
  auto result = cast<RankedTensorType>(getResult().getType());
  auto like = cast<RankedTensorType>(getLike().getType());
  if (result.getShape() != like.getShape() ||
      !result.getElementType().isInteger(64))
    return emitOpError() << "expects i64 in the shape of " << like << ", got "
                         << result;
  return success();
}

LogicalResult MapOp::verify() {
  size_t inputs = getInputs().size(), results = getNumResults();
  if (getAccess().size() != inputs)
    return emitOpError() << "expects one access for each of " << inputs
                         << " inputs, got " << getAccess().size();
  if (getFolds().size() != results || getExtents().size() != results)
    return emitOpError() << "expects one fold and one extent for each of "
                         << results << " results, got " << getFolds().size()
                         << " and " << getExtents().size();
  Block &block = getBody().front();
  if (block.getNumArguments() != inputs + 2)
    return emitOpError() << "expects " << inputs + 2 << " block arguments, got "
                         << block.getNumArguments();
  auto yield = cast<YieldOp>(block.getTerminator());
  if (yield.getValues().size() != results)
    return emitOpError() << "expects " << results << " yielded values, got "
                         << yield.getValues().size();
  for (auto [value, result] : llvm::zip(yield.getValues(), getResults()))
    if (value.getType() != elementOf(result))
      return emitOpError() << "expects a yielded " << elementOf(result)
                           << ", got " << value.getType();
  return success();
}
