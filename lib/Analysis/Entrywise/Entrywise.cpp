//===- Entrywise.cpp - rules in which entries are alone -------------------===//
//
// Everything that the new values are made of must be arithmetic on entries, or
// a scalar that no tensor went into, spread over a shape. An extent is a number
// that a tensor went into: it is another for a part of the tensor.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Entrywise/Entrywise.h"
#include "dialect/Matrix/Matrix.h"

using namespace mlir;
using namespace steepest;

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

/// What the results of an operation depend on, when it keeps entries apart.
static std::optional<SmallVector<Value>> getEntrywiseOperands(Operation *op) {
  // Of the tensor a broadcast is like, it takes the shape alone.
  if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
    if (broadcast.getAlong() != matrix::Extent::Scalar)
      return std::nullopt;
    return SmallVector<Value>{broadcast.getValue()};
  }
  bool hasTensors = llvm::any_of(op->getOperands(), isTensor);
  if (op->getNumRegions() ||
      (hasTensors && !op->hasTrait<OpTrait::Elementwise>()))
    return std::nullopt;
  return SmallVector<Value>(op->getOperands());
}

bool steepest::isEntrywise(OptimizerOp optimizer) {
  if (optimizer.getNumParameters() != 1)
    return false;
  auto parameter = cast<RankedTensorType>(optimizer.getParameter(0).getType());
  for (unsigned i = 0; i < optimizer.getNumTensors(); ++i) {
    // A factor is not an entry's own.
    auto type = dyn_cast<RankedTensorType>(
        optimizer.getBody().getArgument(i).getType());
    if (type && type.getRank() != parameter.getRank())
      return false;
  }
  for (unsigned i = 0; i < optimizer.getNumStates(); ++i)
    if (optimizer.getInitial(i).getShape() != StateShape::Whole ||
        optimizer.getInitial(i).getKind() == InitialKind::Identity)
      return false;

  SmallVector<Value> open(optimizer.getUpdate().getValues());
  llvm::SmallPtrSet<Operation *, 32> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    std::optional<SmallVector<Value>> operands = getEntrywiseOperands(op);
    if (!operands)
      return false;
    open.append(*operands);
  }
  return true;
}
