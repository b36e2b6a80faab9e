//===- Interpreter.cpp - evaluation of blocks and elementwise ops ---------===//

#include "lib/Reference/Interpreter.h"
#include "dialect/Matrix/Matrix.h"
#include "lib/Reference/ScalarFunctions.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

// Inside the namespace, so that `Value` is ours.
namespace steepest::reference {

/// True when a value of `type` can be `value`.
static bool hasType(const Value &value, Type type) {
  if (value.isInteger() == isa<FloatType>(getElementTypeOrSelf(type)))
    return false;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (value.isTensor() != bool(tensor))
    return false;
  if (!tensor)
    return true;
  if (tensor.getRank() != value.rank())
    return false;
  int64_t extents[] = {value.rows(), value.cols()};
  for (int64_t dim = 0; dim < tensor.getRank(); ++dim)
    if (!tensor.isDynamicDim(dim) && tensor.getDimSize(dim) != extents[dim])
      return false;
  return true;
}

LogicalResult Interpreter::bind(mlir::Value key, Value value) {
  if (!hasType(value, key.getType()))
    return emitError(key.getLoc())
           << "expects a value of type " << key.getType() << ", got "
           << value.describe();
  environment[key] = std::move(value);
  return success();
}

const Value &Interpreter::get(mlir::Value key) const {
  return environment.find(key)->second;
}

FailureOr<Values> Interpreter::evaluate(func::FuncOp function,
                                        ArrayRef<Value> arguments) {
  if (function.isExternal())
    return function.emitError() << "the reference evaluator needs the body of '"
                                << function.getName() << "'";
  // A call has its own values, also when a function calls itself.
  llvm::DenseMap<mlir::Value, Value> caller;
  std::swap(caller, environment);
  FailureOr<Values> results = run(function.getBody().front(), arguments);
  std::swap(caller, environment);
  return results;
}

FailureOr<Values> Interpreter::run(Block &block, ArrayRef<Value> arguments) {
  if (block.getNumArguments() != arguments.size())
    return emitError(block.getParentOp()->getLoc())
           << "expects " << block.getNumArguments() << " arguments, got "
           << arguments.size();
  for (auto [key, value] : llvm::zip(block.getArguments(), arguments))
    if (failed(bind(key, value)))
      return failure();
  for (Operation &op : block) {
    if (failed(checkOperands(op)))
      return failure();
    if (op.hasTrait<OpTrait::IsTerminator>())
      return Values(llvm::map_range(
          op.getOperands(), [&](mlir::Value operand) { return get(operand); }));
    if (failed(evaluate(op)))
      return failure();
  }
  return Values();
}

LogicalResult Interpreter::checkOperands(Operation &op) {
  for (mlir::Value operand : op.getOperands())
    if (!environment.contains(operand))
      return op.emitError() << "the reference evaluator has no value for an "
                               "operand of '"
                            << op.getName() << "'";
  return success();
}

/// Of one element of a result.
double Interpreter::costOf(Operation &op) const {
  if (auto product = dyn_cast<matrix::ProductOp>(op)) {
    const Value &lhs = get(product.getLhs());
    return double(product.getTransposeLhs() ? lhs.rows() : lhs.cols());
  }
  if (isa<matrix::EighOp, matrix::EigenvaluesOp, matrix::RationalOp,
          matrix::MsignOp, matrix::SpectralPowerOp, matrix::LeadingOp,
          matrix::SingularValuesOp>(op)) {
    const Value &input = get(op.getOperand(0));
    return 10.0 * double(std::min(input.rows(), input.cols()));
  }
  return 1;
}

LogicalResult Interpreter::evaluate(Operation &op) {
  Values results;
  Outcome outcome = evaluateScalars(op, results);
  if (!outcome)
    outcome = evaluateMatrix(op, results);
  if (!outcome)
    outcome = evaluateTensors(op, results);
  if (!outcome)
    outcome = evaluateControl(op, results);
  if (!outcome)
    return op.emitError() << "the reference evaluator does not know '"
                          << op.getName() << "'";
  if (failed(*outcome))
    return failure();
  // What is in regions counted itself.
  double cost = op.getNumRegions() == 0 ? costOf(op) : 0;
  for (auto [key, value] : llvm::zip_equal(op.getResults(), results)) {
    // Scalars beside a tensor come with it.
    work += value.isTensor() ? cost * double(value.rows() * value.cols()) : 1;
    if (failed(bind(key, std::move(value))))
      return failure();
  }
  return success();
}

static unsigned widthOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
}

Interpreter::Outcome Interpreter::evaluateScalars(Operation &op,
                                                  Results &results) {
  const ScalarFunction *function = findScalarFunction(op.getName());
  if (!function)
    return std::nullopt;
  llvm::SmallVector<const Value *, 4> operands;
  llvm::SmallVector<unsigned, 4> widths;
  const Value *shape = nullptr;
  for (mlir::Value operand : op.getOperands()) {
    const Value &value = get(operand);
    operands.push_back(&value);
    widths.push_back(widthOf(operand.getType()));
    if (!value.isTensor())
      continue;
    if (shape &&
        (shape->rows() != value.rows() || shape->cols() != value.cols()))
      return LogicalResult(op.emitError()
                           << "expects operands of one shape, got "
                           << shape->describe() << " and " << value.describe());
    shape = &value;
  }
  Type type = op.getResult(0).getType();
  bool isInteger = !isa<FloatType>(getElementTypeOrSelf(type));
  unsigned width = widthOf(type);
  bool defined = true;
  llvm::SmallVector<Scalar, 4> elements(operands.size());
  auto evaluateAt = [&](int64_t i, int64_t j) {
    for (auto [element, operand] : llvm::zip(elements, operands))
      element = operand->at(i, j);
    ScalarCall call{&op, elements, widths};
    Scalar result = (*function)(call);
    defined &= call.defined;
    if (isInteger)
      result.integer = wrapInteger(result.integer, width);
    return result;
  };
  if (!shape) {
    results.push_back(Value::scalar(evaluateAt(0, 0), isInteger));
  } else {
    Value result =
        Value::zeros(isInteger, shape->rank(), shape->rows(), shape->cols());
    for (int64_t i = 0; i < shape->rows(); ++i)
      for (int64_t j = 0; j < shape->cols(); ++j)
        result.set(i, j, evaluateAt(i, j));
    results.push_back(std::move(result));
  }
  if (!defined)
    return LogicalResult(op.emitError() << "the result of '" << op.getName()
                                        << "' is undefined for these operands");
  return success();
}

} // namespace steepest::reference
