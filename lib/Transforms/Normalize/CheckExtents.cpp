//===- CheckExtents.cpp - tensors of one rule fit together ----------------===//
//
// Every open extent is a dimension of a parameter (dialect/Steepest/Extents.h).
// Two that are different dimensions may be equal in every step, but nothing
// says so: a rule that relies on it declares the number.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/Normalize/CheckExtents.h"
#include "dialect/Steepest/Extents.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace steepest;

namespace {
class Checker {
public:
  explicit Checker(OptimizerOp optimizer) : optimizer(optimizer) {}

  LogicalResult check(Operation *op);

private:
  /// Whether dimension i of `a` must be taken for another size than dimension j
  /// of `b`.
  bool differ(Value a, unsigned i, Value b, unsigned j);
  LogicalResult expectSame(Operation *op, Value a, Value b);
  LogicalResult expectSame(Operation *op, ValueRange as, ValueRange bs);
  LogicalResult expectExtent(Operation *op, StringRef what, Value a, unsigned i,
                             Value b, unsigned j);
  LogicalResult expectSquare(Operation *op, Value a) {
    return expectExtent(op, "a square matrix", a, 0, a, 1);
  }
  LogicalResult checkProduct(matrix::ProductOp op);
  LogicalResult checkNorm(DirectionOp op);
  std::string print(Value tensor) { return printExtents(optimizer, tensor); }

  OptimizerOp optimizer;
};
} // namespace

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

static unsigned rankOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank();
}

static void addNote(InFlightDiagnostic &error) {
  error.attachNote() << "extents that are always equal are declared as numbers";
}

bool Checker::differ(Value a, unsigned i, Value b, unsigned j) {
  std::optional<ExtentSource> first = getExtent(optimizer, a, i),
                              second = getExtent(optimizer, b, j);
  // A number and an open extent are left to the runtime, which compares them.
  return first && second && first->isStatic() == second->isStatic() &&
         *first != *second;
}

LogicalResult Checker::expectSame(Operation *op, Value a, Value b) {
  if (!isTensor(a) || !isTensor(b) || rankOf(a) != rankOf(b))
    return success();
  for (unsigned dim = 0; dim < rankOf(a); ++dim) {
    if (!differ(a, dim, b, dim))
      continue;
    InFlightDiagnostic error = op->emitOpError()
                               << "expects tensors of one shape, got "
                               << print(a) << " and " << print(b);
    addNote(error);
    return error;
  }
  return success();
}

LogicalResult Checker::expectSame(Operation *op, ValueRange as, ValueRange bs) {
  for (auto [a, b] : llvm::zip(as, bs))
    if (failed(expectSame(op, a, b)))
      return failure();
  return success();
}

LogicalResult Checker::expectExtent(Operation *op, StringRef what, Value a,
                                    unsigned i, Value b, unsigned j) {
  if (!differ(a, i, b, j))
    return success();
  InFlightDiagnostic error = op->emitOpError()
                             << "expects " << what << ", got " << print(a);
  if (a != b)
    error << " and " << print(b);
  addNote(error);
  return error;
}

LogicalResult Checker::checkProduct(matrix::ProductOp op) {
  Value result = op.getResult();
  if (failed(expectExtent(op, "factors with a common inner extent", op.getLhs(),
                          op.getTransposeLhs() ? 0 : 1, op.getRhs(),
                          op.getTransposeRhs() ? 1 : 0)))
    return failure();
  if (op.getAddend() && failed(expectSame(op, op.getAddend(), result)))
    return failure();
  return op.getSymmetric() || op.getGamma() ? expectSquare(op, result)
                                            : success();
}

/// A norm checks its operands by their types; so it is asked about types in
/// which every open extent has a number of its own.
LogicalResult Checker::checkNorm(DirectionOp op) {
  auto norm = dyn_cast<NormAttrInterface>(op.getNorm());
  if (!norm || op.getNormOperands().empty())
    return success();
  SmallVector<ExtentSource> numbered;
  // Large, different, and divisible by whatever blocks a norm may cut.
  constexpr int64_t unit = 720720;
  bool isKnown = true;
  auto withNumbers = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    for (unsigned dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      std::optional<ExtentSource> extent = getExtent(optimizer, value, dim);
      if (!extent || extent->isStatic()) {
        isKnown = false;
        continue;
      }
      size_t number = llvm::find(numbered, *extent) - numbered.begin();
      if (number == numbered.size())
        numbered.push_back(*extent);
      shape[dim] = unit * int64_t(number + 1);
    }
    return RankedTensorType::get(shape, type.getElementType());
  };
  RankedTensorType input = withNumbers(op.getInput());
  SmallVector<Type> operands;
  for (Value operand : op.getNormOperands())
    operands.push_back(withNumbers(operand));
  // Of open types it was asked before; that it refuses these says only that
  // they do not fit.
  ScopedDiagnosticHandler silence(op.getContext(),
                                  [](Diagnostic &) { return success(); });
  if (!isKnown || succeeded(norm.verifyNorm([&] { return op.emitOpError(); },
                                            input, operands)))
    return success();
  return failure();
}

LogicalResult Checker::check(Operation *op) {
  if (auto product = dyn_cast<matrix::ProductOp>(op))
    return checkProduct(product);
  if (auto apply = dyn_cast<ApplyOp>(op))
    return expectExtent(op, "one entry for each row or column summed over",
                        apply.getMatrix(), apply.getTranspose() ? 0 : 1,
                        apply.getVector(), 0);
  if (isa<PowerOp, EigenbasisOp, matrix::EighOp, matrix::EigenvaluesOp,
          matrix::RationalOp>(op))
    return expectSquare(op, op->getOperand(0));
  if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
    if (broadcast.getAlong() == matrix::Extent::Scalar ||
        rankOf(broadcast.getLike()) != 2)
      return success();
    return expectExtent(op, "one entry for each row or column",
                        broadcast.getLike(),
                        broadcast.getAlong() == matrix::Extent::Row ? 0 : 1,
                        broadcast.getValue(), 0);
  }
  if (auto update = dyn_cast<UpdateOp>(op))
    return expectSame(op, update.getTargets(), update.getValues());
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return branch.elseBlock() ? expectSame(op, branch.thenYield().getResults(),
                                           branch.elseYield().getResults())
                              : success();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return expectSame(op, loop.getInits(), loop.getYieldedValues());
  if (auto direction = dyn_cast<DirectionOp>(op)) {
    for (Value operand : {direction.getPoint(), direction.getNormal()})
      if (operand && failed(expectSame(op, direction.getInput(), operand)))
        return failure();
    if (succeeded(checkNorm(direction)))
      return success();
    InFlightDiagnostic error = op->emitOpError()
                               << "expects operands that fit the norm of a "
                                  "tensor of "
                               << print(direction.getInput()) << ", got";
    for (Value operand : direction.getNormOperands())
      error << (operand == direction.getNormOperands().front() ? " " : ", ")
            << print(operand);
    addNote(error);
    return error;
  }
  if (auto directions = dyn_cast<DirectionsOp>(op))
    return expectSame(op, directions.getInputs(), directions.getPoints());
  bool keepsShape = isa<SteepestDialect>(op->getDialect()) ||
                    op->hasTrait<OpTrait::Elementwise>();
  Value first;
  for (Value operand : op->getOperands()) {
    if (!keepsShape || !isTensor(operand))
      continue;
    if (first && failed(expectSame(op, first, operand)))
      return failure();
    first = operand;
  }
  return success();
}

LogicalResult steepest::checkExtents(OptimizerOp optimizer) {
  Checker checker(optimizer);
  WalkResult result = optimizer.getBody().walk([&](Operation *op) {
    return failed(checker.check(op)) ? WalkResult::interrupt()
                                     : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
