//===- TensorOps.cpp - constants and shapes in the reference evaluator ----===//

#include "lib/Reference/Interpreter.h"
#include "lib/Reference/ScalarFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

// Inside the namespace, so that `Value` is ours.
namespace steepest::reference {

static Scalar elementOf(Attribute attribute) {
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return {number.getValueAsDouble(), 0};
  const APInt &integer = cast<IntegerAttr>(attribute).getValue();
  return {0, wrapInteger(integer.getSExtValue(), integer.getBitWidth())};
}

/// A tensor of zeros in the shape of `type`, whose dynamic extents follow in
/// order.
static FailureOr<Value> zerosOf(Operation *op, RankedTensorType type,
                                ArrayRef<int64_t> dynamic) {
  Type element = type.getElementType();
  if (type.getRank() > 2 || !element.isIntOrIndexOrFloat())
    return op->emitError() << "the reference evaluator does not know values "
                              "of type "
                           << type;
  int64_t extents[] = {1, 1};
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (type.isDynamicDim(dim)) {
      extents[dim] = dynamic.front();
      dynamic = dynamic.drop_front();
    } else {
      extents[dim] = type.getDimSize(dim);
    }
    if (extents[dim] < 0)
      return op->emitError() << "expects an extent >= 0, got " << extents[dim];
  }
  return Value::zeros(!isa<FloatType>(element), type.getRank(), extents[0],
                      extents[1]);
}

static FailureOr<Value> filled(Operation *op, RankedTensorType type,
                               ArrayRef<int64_t> dynamic, Scalar element) {
  FailureOr<Value> result = zerosOf(op, type, dynamic);
  if (failed(result))
    return failure();
  for (int64_t i = 0; i < result->rows(); ++i)
    for (int64_t j = 0; j < result->cols(); ++j)
      result->set(i, j, element);
  return result;
}

static FailureOr<Value> constantOf(arith::ConstantOp op) {
  Attribute attribute = op.getValue();
  if (isa<FloatAttr, IntegerAttr>(attribute))
    return Value::scalar(elementOf(attribute), isa<IntegerAttr>(attribute));
  auto elements = dyn_cast<DenseElementsAttr>(attribute);
  auto type = dyn_cast<RankedTensorType>(op.getType());
  if (!elements || !type)
    return op.emitError() << "the reference evaluator does not know constants "
                             "of type "
                          << op.getType();
  FailureOr<Value> result = zerosOf(op, type, {});
  if (failed(result))
    return failure();
  int64_t position = 0;
  for (Attribute element : elements.getValues<Attribute>()) {
    result->set(position / result->cols(), position % result->cols(),
                elementOf(element));
    ++position;
  }
  return result;
}

static FailureOr<Value> extentOf(tensor::DimOp op, const Value &source,
                                 int64_t dim) {
  if (dim < 0 || dim >= source.rank())
    return op.emitError() << "expects a dimension below " << source.rank()
                          << ", got " << dim;
  return Value(dim == 0 ? source.rows() : source.cols());
}

Interpreter::Outcome Interpreter::evaluateTensors(Operation &op,
                                                  Results &results) {
  auto integersOf = [&](ValueRange values) {
    return llvm::to_vector(llvm::map_range(
        values, [&](mlir::Value value) { return get(value).integer(); }));
  };
  using Result = std::optional<FailureOr<Value>>;
  Result result =
      llvm::TypeSwitch<Operation *, Result>(&op)
          .Case([&](arith::ConstantOp op) { return constantOf(op); })
          .Case([&](tensor::DimOp op) {
            return extentOf(op, get(op.getSource()),
                            get(op.getIndex()).integer());
          })
          .Case([&](tensor::SplatOp op) {
            return filled(op, op.getType(), integersOf(op.getDynamicSizes()),
                          get(op.getInput()).at(0, 0));
          })
          .Case([&](tensor::EmptyOp op) {
            // NaN shows a use of what nobody has written.
            return filled(op, op.getType(), integersOf(op.getDynamicSizes()),
                          {std::nan(""), 0});
          })
          .Case([&](tensor::CastOp op) {
            return FailureOr<Value>(get(op.getSource()));
          })
          .Default([](Operation *) { return std::nullopt; });
  if (!result)
    return std::nullopt;
  if (failed(*result))
    return LogicalResult(failure());
  results.push_back(std::move(**result));
  return success();
}

} // namespace steepest::reference
