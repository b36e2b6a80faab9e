//===- Emitter.cpp - a builder that reads like the algorithm --------------===//

#include "lib/Target/CPU/Product/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace steepest::product {

MemRefType getFlatType(Type element) {
  auto layout =
      StridedLayoutAttr::get(element.getContext(), ShapedType::kDynamic, {1});
  return MemRefType::get({ShapedType::kDynamic}, element, layout);
}

MemRefType getMatrixType(Type element) {
  auto layout = StridedLayoutAttr::get(
      element.getContext(), ShapedType::kDynamic, {ShapedType::kDynamic, 1});
  return MemRefType::get({ShapedType::kDynamic, ShapedType::kDynamic}, element,
                         layout);
}

static Type getElement(Value flat) {
  return cast<MemRefType>(flat.getType()).getElementType();
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value Emitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}
Value Emitter::add(Value a, Value b) {
  return arith::AddIOp::create(*this, a, b);
}
Value Emitter::add(Value a, int64_t b) { return b ? add(a, index(b)) : a; }
Value Emitter::sub(Value a, Value b) {
  return arith::SubIOp::create(*this, a, b);
}
Value Emitter::mul(Value a, Value b) {
  return arith::MulIOp::create(*this, a, b);
}
Value Emitter::mul(Value a, int64_t b) { return b == 1 ? a : mul(a, index(b)); }
Value Emitter::min(Value a, Value b) {
  return arith::MinSIOp::create(*this, a, b);
}
Value Emitter::max(Value a, Value b) {
  return arith::MaxSIOp::create(*this, a, b);
}
Value Emitter::div(Value a, Value b) {
  return arith::DivUIOp::create(*this, a, b);
}
Value Emitter::ceilDiv(Value a, int64_t b) {
  return div(add(a, b - 1), index(b));
}
Value Emitter::roundUp(Value a, int64_t b) { return mul(ceilDiv(a, b), b); }
Value Emitter::roundDown(Value a, int64_t b) {
  return mul(div(a, index(b)), b);
}
Value Emitter::less(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b);
}
Value Emitter::lessEqual(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::sle, a, b);
}
Value Emitter::equal(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, a, b);
}
Value Emitter::logicalAnd(Value a, Value b) {
  return arith::AndIOp::create(*this, a, b);
}
Value Emitter::logicalNot(Value a) {
  return arith::XOrIOp::create(*this, a, yes());
}
Value Emitter::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(*this, condition, a, b);
}

Value Emitter::yes() {
  return arith::ConstantOp::create(*this, getBoolAttr(true));
}
Value Emitter::no() {
  return arith::ConstantOp::create(*this, getBoolAttr(false));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Value Emitter::splat(Value scalar, int64_t size) {
  return vector::BroadcastOp::create(
      *this, VectorType::get({size}, scalar.getType()), scalar);
}

Value Emitter::zeros(Type element, int64_t size) {
  return arith::ConstantOp::create(
      *this, cast<TypedAttr>(getZeroAttr(VectorType::get({size}, element))));
}

Value Emitter::widen(Value vector, int64_t size) {
  int64_t given = cast<VectorType>(vector.getType()).getDimSize(0);
  SmallVector<int64_t> lanes(size, vector::ShuffleOp::kPoisonIndex);
  for (int64_t lane = 0; lane < given; ++lane)
    lanes[lane] = lane;
  return vector::ShuffleOp::create(*this, vector, vector, lanes);
}

Value Emitter::concat(Value low, Value high) {
  int64_t size = cast<VectorType>(low.getType()).getDimSize(0);
  return vector::ShuffleOp::create(
      *this, low, high, llvm::to_vector(llvm::seq<int64_t>(0, 2 * size)));
}

/// Compares the lane numbers with a scalar, in i32: 16 lanes a register.
static Value compareLanes(Emitter &e, arith::CmpIPredicate predicate,
                          Value scalar, int64_t size) {
  auto lanes = llvm::to_vector(llvm::seq<int32_t>(0, size));
  auto type = VectorType::get({size}, e.getI32Type());
  Value numbers =
      arith::ConstantOp::create(e, DenseIntElementsAttr::get(type, lanes));
  // Clamping keeps the comparison right for extents beyond 2^31.
  Value clamped = e.min(e.max(scalar, e.index(-1)), e.index(size));
  Value narrow = arith::IndexCastOp::create(e, e.getI32Type(), clamped);
  return arith::CmpIOp::create(e, predicate, numbers, e.splat(narrow, size));
}

Value Emitter::maskBelow(Value count, int64_t size) {
  return compareLanes(*this, arith::CmpIPredicate::slt, count, size);
}

Value Emitter::maskAt(Value position, int64_t size) {
  return compareLanes(*this, arith::CmpIPredicate::eq, position, size);
}

Value Emitter::load(Value flat, Value offset, int64_t size) {
  return vector::LoadOp::create(
      *this, VectorType::get({size}, getElement(flat)), flat, offset);
}

void Emitter::store(Value vector, Value flat, Value offset) {
  vector::StoreOp::create(*this, vector, flat, offset);
}

Value Emitter::maskedLoad(Value flat, Value offset, Value mask) {
  int64_t size = cast<VectorType>(mask.getType()).getDimSize(0);
  Value zero = zeros(getElement(flat), size);
  return vector::MaskedLoadOp::create(*this, cast<VectorType>(zero.getType()),
                                      flat, offset, mask, zero);
}

void Emitter::maskedStore(Value vector, Value flat, Value offset, Value mask) {
  vector::MaskedStoreOp::create(*this, flat, offset, mask, vector);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void Emitter::forEach(Value begin, Value end, Value step,
                      function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(*this, begin, end, step);
  InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

SmallVector<Value>
Emitter::fold(Value begin, Value end, Value step, ValueRange initial,
              function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, begin, end, step, initial);
  InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(*this, body(loop.getInductionVar(),
                                   ValueRange(loop.getRegionIterArgs())));
  return loop.getResults();
}

SmallVector<Value> Emitter::either(Value condition, Branch then,
                                   Branch otherwise) {
  // The result types are known only once a branch has been built, so both are
  // built in detached blocks.
  auto thenBlock = std::make_unique<Block>();
  auto otherwiseBlock = std::make_unique<Block>();
  SmallVector<Type> types;
  {
    InsertionGuard guard(*this);
    setInsertionPointToStart(thenBlock.get());
    SmallVector<Value> values = then();
    types = llvm::to_vector(ValueRange(values).getTypes());
    scf::YieldOp::create(*this, values);
    setInsertionPointToStart(otherwiseBlock.get());
    scf::YieldOp::create(*this, otherwise());
  }
  auto op = scf::IfOp::create(*this, types, condition,
                              /*addThenBlock=*/false, /*addElseBlock=*/false);
  op.getThenRegion().push_back(thenBlock.release());
  op.getElseRegion().push_back(otherwiseBlock.release());
  return op.getResults();
}

void Emitter::when(Value condition, function_ref<void()> then) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  then();
}

Value Emitter::castToMatrix(Value memref) {
  Type type = getMatrixType(getElement(memref));
  if (memref.getType() == type)
    return memref;
  return memref::CastOp::create(*this, type, memref);
}

MatrixView Emitter::view(Value memref) {
  auto metadata = memref::ExtractStridedMetadataOp::create(*this, memref);
  Value rows = metadata.getSizes()[0], cols = metadata.getSizes()[1];
  Value stride = metadata.getStrides()[0];
  // The extent of the flat view is never asked for.
  Value flat = memref::ReinterpretCastOp::create(
      *this, getFlatType(getElement(memref)), memref,
      OpFoldResult(metadata.getOffset()),
      ArrayRef<OpFoldResult>{OpFoldResult(mul(rows, stride))},
      ArrayRef<OpFoldResult>{getIndexAttr(1)});
  return {flat, rows, cols, stride};
}

} // namespace steepest::product
