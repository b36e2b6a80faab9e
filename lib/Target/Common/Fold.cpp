//===- Fold.cpp - sums, maxima and minima on scalars and vectors ----------===//

#include "lib/Target/Common/Fold.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace steepest;
using kernel::ResultKind;

static TypedAttr getIdentityAttr(ResultKind kind, Type element) {
  if (auto real = dyn_cast<FloatType>(element)) {
    const llvm::fltSemantics &semantics = real.getFloatSemantics();
    APFloat value =
        kind == ResultKind::Sum
            ? APFloat::getZero(semantics)
            : APFloat::getInf(semantics, kind == ResultKind::Maximum);
    return FloatAttr::get(real, value);
  }
  unsigned width = element.getIntOrFloatBitWidth();
  APInt value = kind == ResultKind::Sum       ? APInt::getZero(width)
                : kind == ResultKind::Maximum ? APInt::getSignedMinValue(width)
                                              : APInt::getSignedMaxValue(width);
  return IntegerAttr::get(element, value);
}

Value steepest::buildIdentity(ImplicitLocOpBuilder &builder, ResultKind kind,
                              Type type) {
  TypedAttr attr = getIdentityAttr(kind, getElementTypeOrSelf(type));
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(builder, attr);
}

Value steepest::buildCombine(ImplicitLocOpBuilder &builder, ResultKind kind,
                             Value a, Value b) {
  bool isReal = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  if (kind == ResultKind::Sum)
    return isReal ? Value(arith::AddFOp::create(builder, a, b))
                  : Value(arith::AddIOp::create(builder, a, b));
  if (kind == ResultKind::Maximum)
    return isReal ? Value(arith::MaximumFOp::create(builder, a, b))
                  : Value(arith::MaxSIOp::create(builder, a, b));
  return isReal ? Value(arith::MinimumFOp::create(builder, a, b))
                : Value(arith::MinSIOp::create(builder, a, b));
}

Value steepest::buildFoldAll(ImplicitLocOpBuilder &builder, ResultKind kind,
                             ValueRange vectors) {
  SmallVector<Value> pending(vectors);
  while (pending.size() > 1) {
    SmallVector<Value> next;
    for (size_t i = 0; i + 1 < pending.size(); i += 2)
      next.push_back(buildCombine(builder, kind, pending[i], pending[i + 1]));
    if (pending.size() % 2)
      next.push_back(pending.back());
    pending = std::move(next);
  }
  Value vector = pending.front();
  int64_t size = cast<VectorType>(vector.getType()).getNumElements();
  for (; size > 1; size /= 2) {
    Value low = vector::ExtractStridedSliceOp::create(
        builder, vector, ArrayRef<int64_t>{0}, ArrayRef<int64_t>{size / 2},
        ArrayRef<int64_t>{1});
    Value high = vector::ExtractStridedSliceOp::create(
        builder, vector, ArrayRef<int64_t>{size / 2},
        ArrayRef<int64_t>{size / 2}, ArrayRef<int64_t>{1});
    vector = buildCombine(builder, kind, low, high);
  }
  return vector::ExtractOp::create(builder, vector, ArrayRef<int64_t>{0});
}
