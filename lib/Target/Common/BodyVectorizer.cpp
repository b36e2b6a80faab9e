//===- BodyVectorizer.cpp - the body of a map on vectors ------------------===//

#include "lib/Target/Common/BodyVectorizer.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;
using kernel::Access;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// What the body works on, of a scalar or vector as it is in memory: truth
/// values are bytes there, and bf16 is its bits, since LLVM would convert it to
/// f32 and back for a masked store where no instruction stores it.
static Value toRegister(IndexBuilder &b, Value loaded) {
  Type element = getElementTypeOrSelf(loaded);
  if (element.isInteger(8)) {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(loaded.getType()));
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, loaded, zero);
  }
  if (!element.isInteger(16))
    return loaded;
  Type type = b.getBF16Type();
  if (auto vector = dyn_cast<VectorType>(loaded.getType()))
    type = VectorType::get(vector.getShape(), type);
  return arith::BitcastOp::create(b, type, loaded);
}

Value BodyVectorizer::load(IndexBuilder &b, Value memory, ValueRange indices,
                           Value mask) const {
  auto type = cast<MemRefType>(memory.getType());
  VectorType vector = getVectorType(type.getElementType());
  Value loaded;
  if (mask) {
    // Ones and not zeros where there is no element: the body may divide.
    TypedAttr one = b.getOneAttr(type.getElementType());
    Value filler = arith::ConstantOp::create(
        b, DenseElementsAttr::get(vector, Attribute(one)));
    loaded =
        vector::MaskedLoadOp::create(b, vector, memory, indices, mask, filler);
  } else {
    loaded = vector::LoadOp::create(b, vector, memory, indices);
  }
  return toRegister(b, loaded);
}

void BodyVectorizer::store(IndexBuilder &b, Value vector, Value memory,
                           ValueRange indices, Value mask) const {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  if (element.isInteger(8))
    vector = arith::ExtUIOp::create(b, getVectorType(element), vector);
  if (element.isInteger(16))
    vector = arith::BitcastOp::create(b, getVectorType(element), vector);
  if (mask)
    vector::MaskedStoreOp::create(b, memory, indices, mask, vector);
  else
    vector::StoreOp::create(b, vector, memory, indices);
}

//===----------------------------------------------------------------------===//
// Body
//===----------------------------------------------------------------------===//

bool BodyVectorizer::isUniform(Operation &nested) {
  Region &body = op.getBody();
  auto isKnown = [&](Value value) {
    return uniform.contains(value) || !body.isAncestor(value.getParentRegion());
  };
  return llvm::all_of(nested.getOperands(), isKnown) && isPure(&nested);
}

void BodyVectorizer::enterRow(IndexBuilder &b, Value entered) {
  row = entered;
  uniform.clear();
  uniform.map(op.getRowIndex(), row);
  for (auto [input, access, element] :
       llvm::zip_equal(op.getInputs(), op.getInputAccess(), op.getElements())) {
    if (access != Access::Row)
      continue;
    uniform.map(element, toRegister(b, memref::LoadOp::create(b, input, row)));
  }
  for (Operation &nested : op.getBody().front().without_terminator())
    if (isUniform(nested))
      b.clone(nested, uniform);
}

Value BodyVectorizer::toVector(IndexBuilder &b, Value value,
                               const IRMapping &vectors) const {
  if (Value vector = vectors.lookupOrNull(value))
    return vector;
  Value scalar = uniform.lookupOrDefault(value);
  return vector::BroadcastOp::create(b, getVectorType(scalar.getType()),
                                     scalar);
}

SmallVector<Value> BodyVectorizer::cloneColumns(IndexBuilder &b, Value column,
                                                Value mask) {
  IRMapping vectors;
  if (!op.getColumnIndex().use_empty()) {
    VectorType type = getVectorType(b.getIndexType());
    Value first = vector::BroadcastOp::create(b, type, column);
    Value step = vector::StepOp::create(b, type);
    vectors.map(op.getColumnIndex(), b.add(first, step));
  }
  for (auto [input, access, element] :
       llvm::zip_equal(op.getInputs(), op.getInputAccess(), op.getElements())) {
    if (access == Access::Full)
      vectors.map(element, load(b, input, {row, column}, mask));
    if (access == Access::Column)
      vectors.map(element, load(b, input, column, mask));
  }

  for (Operation &nested : op.getBody().front().without_terminator()) {
    if (nested.getNumResults() != 0 && uniform.contains(nested.getResult(0)))
      continue;
    SmallVector<Value> operands;
    for (Value operand : nested.getOperands())
      operands.push_back(toVector(b, operand, vectors));
    SmallVector<Type> types;
    for (Type type : nested.getResultTypes())
      types.push_back(getVectorType(type));
    Operation *clone =
        b.create(nested.getLoc(), nested.getName().getIdentifier(), operands,
                 types, nested.getAttrs());
    vectors.map(nested.getResults(), clone->getResults());
  }

  SmallVector<Value> yielded;
  for (Value value : op.getYielded())
    yielded.push_back(toVector(b, value, vectors));
  return yielded;
}
