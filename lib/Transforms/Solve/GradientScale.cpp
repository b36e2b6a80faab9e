//===- GradientScale.cpp - gradients whose squares are numbers ------------===//

#include "lib/Transforms/Solve/GradientScale.h"
#include "dialect/Matrix/Matrix.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

GradientScale::GradientScale(FormulaBuilder &m, Value gradient)
    : gradient(gradient), scaled(gradient) {
  if (!getElementTypeOrSelf(gradient).isF64())
    return;
  Value largest = m.maxAbs(gradient);
  auto scale = [&](CmpFPredicate predicate, double limit, double value) {
    factor = m.select(m.compare(predicate, largest, m.constant(limit)),
                      m.constant(value), factor);
  };
  factor = m.constant(1);
  scale(CmpFPredicate::OLT, 0x1p-200, 0x1p425);
  scale(CmpFPredicate::OLT, 0x1p-650, 0x1p862);
  scale(CmpFPredicate::OGT, 0x1p200, 0x1p-400);
  scale(CmpFPredicate::OGT, 0x1p600, 0x1p-812);
  inverse = m.div(m.constant(1), factor);
  scaled = apply(m, gradient);
}

Value GradientScale::apply(FormulaBuilder &m, Value value) const {
  return factor ? m.mul(value, factor) : value;
}

void GradientScale::undo(FormulaBuilder &m, SolvedDirection &solved) const {
  if (!factor)
    return;
  using Limits = std::numeric_limits<double>;
  Value isPositive = m.compare(CmpFPredicate::OGT, solved.bound, m.constant(0));
  Value least =
      m.select(isPositive, m.constant(Limits::denorm_min()), m.constant(0));
  solved.bound = m.max(m.mul(solved.bound, inverse), least);
  solved.value = m.min(m.mul(solved.value, inverse), m.constant(Limits::max()));
  if (solved.normal)
    solved.normal = m.mul(solved.normal, inverse);
  if (Value alone = buildEntrywise(m, solved.phi))
    solved.phi = alone;
  if (!solved.penalty)
    return;
  Value alone = buildEntrywise(m, solved.penalty);
  solved.penalty = alone ? alone : m.mul(solved.penalty, inverse);
}

Value GradientScale::buildEntrywise(FormulaBuilder &m, Value value) const {
  Operation *first = scaled.getDefiningOp();
  llvm::SetVector<Operation *> made;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value next = open.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (next == factor)
      return {};
    if (next == scaled || !op || op->getBlock() != first->getBlock() ||
        op->isBeforeInBlock(first) || !made.insert(op))
      continue;
    // Of some tensors the shape alone is read.
    if (isa<tensor::DimOp>(op))
      continue;
    if (auto broadcast = dyn_cast<matrix::BroadcastOp>(op)) {
      open.push_back(broadcast.getValue());
      continue;
    }
    bool readsTensors = llvm::any_of(op->getOperandTypes(), [](Type type) {
      return isa<RankedTensorType>(type);
    });
    if (op->getNumRegions() ||
        (readsTensors && !op->hasTrait<OpTrait::Elementwise>()))
      return {};
    llvm::append_range(open, op->getOperands());
  }
  IRMapping unscaled;
  unscaled.map(scaled, gradient);
  SmallVector<Operation *> ordered = made.takeVector();
  llvm::sort(ordered, [](Operation *left, Operation *right) {
    return left->isBeforeInBlock(right);
  });
  for (Operation *op : ordered)
    m.getBuilder().clone(*op, unscaled);
  return unscaled.lookupOrDefault(value);
}
