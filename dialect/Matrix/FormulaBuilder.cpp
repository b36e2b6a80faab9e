//===- FormulaBuilder.cpp - writing matrix programs like formulas
//----------------===//

#include "dialect/Matrix/FormulaBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace steepest::matrix;

static RankedTensorType tensorOf(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

/// The type of `shape` (scalar or tensor) with elements of another type.
static Type withElement(Type shape, Type element) {
  if (auto tensor = dyn_cast<RankedTensorType>(shape))
    return tensor.clone(element);
  return element;
}

//===----------------------------------------------------------------------===//
// Scalars and shapes
//===----------------------------------------------------------------------===//

Value FormulaBuilder::constant(double value, Type type) {
  if (!type)
    type = f64();
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(type, value));
}

Value FormulaBuilder::integer(int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI64IntegerAttr(value));
}

Value FormulaBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value FormulaBuilder::truth(bool value) {
  return arith::ConstantOp::create(builder, loc, builder.getBoolAttr(value));
}

Value FormulaBuilder::extent(Value tensor, unsigned dim) {
  RankedTensorType type = tensorOf(tensor);
  if (!type.isDynamicDim(dim))
    return index(type.getDimSize(dim));
  return tensor::DimOp::create(builder, loc, tensor, dim);
}

Value FormulaBuilder::toFloat(Value value) {
  if (value.getType().isIndex())
    value =
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), value);
  return arith::SIToFPOp::create(builder, loc, f64(), value);
}

Value FormulaBuilder::count(Value tensor) {
  Value result = toFloat(extent(tensor, 0));
  for (int64_t dim = 1; dim < tensorOf(tensor).getRank(); ++dim)
    result = mul(result, toFloat(extent(tensor, dim)));
  return result;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

Value FormulaBuilder::cast(Value value, Type element) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == element)
    return value;
  Type to = withElement(value.getType(), element);
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(element);
  if (fromFloat && toFloat) {
    if (from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(builder, loc, to, value);
    return arith::TruncFOp::create(builder, loc, to, value);
  }
  if (!fromFloat && toFloat) {
    if (from.isInteger(1))
      return arith::UIToFPOp::create(builder, loc, to, value);
    return arith::SIToFPOp::create(builder, loc, to, value);
  }
  assert(false && "no conversion from floats to integers in matrix programs");
  return {};
}

Value FormulaBuilder::binary(function_ref<Value(Value, Value)> op, Value a,
                             Value b) {
  if (tensorOf(a) && !tensorOf(b))
    b = broadcast(cast(b, getElementTypeOrSelf(a)), a);
  else if (!tensorOf(a) && tensorOf(b))
    a = broadcast(cast(a, getElementTypeOrSelf(b)), b);
  return op(a, b);
}

#define STEEPEST_BINARY(name, Op)                                              \
  Value FormulaBuilder::name(Value a, Value b) {                               \
    return binary(                                                             \
        [&](Value x, Value y) -> Value {                                       \
          return Op::create(builder, loc, x, y);                               \
        },                                                                     \
        a, b);                                                                 \
  }
STEEPEST_BINARY(add, arith::AddFOp)
STEEPEST_BINARY(sub, arith::SubFOp)
STEEPEST_BINARY(mul, arith::MulFOp)
STEEPEST_BINARY(div, arith::DivFOp)
STEEPEST_BINARY(max, arith::MaximumFOp)
STEEPEST_BINARY(min, arith::MinimumFOp)
STEEPEST_BINARY(logicalAnd, arith::AndIOp)
#undef STEEPEST_BINARY

Value FormulaBuilder::neg(Value a) {
  return arith::NegFOp::create(builder, loc, a);
}
Value FormulaBuilder::abs(Value a) {
  return math::AbsFOp::create(builder, loc, a);
}
Value FormulaBuilder::sqrt(Value a) {
  return math::SqrtOp::create(builder, loc, a);
}

Value FormulaBuilder::pow(Value a, double p) {
  if (p == 1)
    return a;
  if (p == 0.5)
    return sqrt(a);
  if (p == 2)
    return square(a);
  Value exponent = constant(p, getElementTypeOrSelf(a));
  return binary(
      [&](Value x, Value y) -> Value {
        return math::PowFOp::create(builder, loc, x, y);
      },
      a, exponent);
}

Value FormulaBuilder::sign(Value a) {
  Type element = getElementTypeOrSelf(a);
  Value zero = constant(0, element);
  Value positive = compare(arith::CmpFPredicate::OGT, a, zero);
  Value negative = compare(arith::CmpFPredicate::OLT, a, zero);
  return sub(cast(positive, element), cast(negative, element));
}

Value FormulaBuilder::compare(arith::CmpFPredicate predicate, Value a,
                              Value b) {
  return binary(
      [&](Value x, Value y) -> Value {
        return arith::CmpFOp::create(builder, loc, predicate, x, y);
      },
      a, b);
}

Value FormulaBuilder::compareInt(arith::CmpIPredicate predicate, Value a,
                                 Value b) {
  return binary(
      [&](Value x, Value y) -> Value {
        return arith::CmpIOp::create(builder, loc, predicate, x, y);
      },
      a, b);
}

Value FormulaBuilder::select(Value condition, Value a, Value b) {
  if (tensorOf(condition)) {
    // Both arms in the shape of the condition.
    if (!tensorOf(a))
      a = broadcast(a, condition);
    if (!tensorOf(b))
      b = broadcast(b, condition);
  }
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value FormulaBuilder::divOrZero(Value a, Value b) {
  Type element = getElementTypeOrSelf(b);
  Value zero = constant(0, element);
  Value positive = compare(arith::CmpFPredicate::OGT, b, zero);
  Value safe = select(positive, b, constant(1, element));
  Value quotient = div(a, safe);
  if (tensorOf(quotient) && !tensorOf(positive))
    positive = broadcast(positive, quotient);
  return select(positive, quotient,
                constant(0, getElementTypeOrSelf(quotient)));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Value FormulaBuilder::broadcast(Value value, Value like, Extent along) {
  auto type = llvm::cast<RankedTensorType>(
      withElement(like.getType(), getElementTypeOrSelf(value)));
  return BroadcastOp::create(builder, loc, type, value, along, like);
}

Value FormulaBuilder::indices(IndexKind kind, Value like) {
  Type type = withElement(like.getType(), builder.getI64Type());
  return IndexOp::create(builder, loc, type, kind, like);
}

Value FormulaBuilder::identity(Value like) {
  Value diagonal =
      compareInt(arith::CmpIPredicate::eq, indices(IndexKind::Row, like),
                 indices(IndexKind::Column, like));
  return cast(diagonal, getElementTypeOrSelf(like));
}

Value FormulaBuilder::fill(Value value, ArrayRef<Value> extents) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (Value extent : extents) {
    APInt constant;
    if (matchPattern(extent, m_ConstantInt(&constant))) {
      shape.push_back(constant.getSExtValue());
      continue;
    }
    shape.push_back(ShapedType::kDynamic);
    dynamic.push_back(extent);
  }
  return tensor::SplatOp::create(builder, loc, value, shape, dynamic);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value FormulaBuilder::reduce(Fold fold, Value x, Extent extent) {
  RankedTensorType type = tensorOf(x);
  Type result = type.getElementType();
  if (extent != Extent::Scalar)
    result = RankedTensorType::get(
        type.getDimSize(extent == Extent::Row ? 0 : 1), result);
  return ReduceOp::create(builder, loc, result, fold, x, extent);
}

Value FormulaBuilder::dot(Value a, Value b) {
  return sum(mul(toF64(a), toF64(b)));
}

Value FormulaBuilder::frobenius(Value x) { return sqrt(sum(square(toF64(x)))); }

Value FormulaBuilder::argmax(Value x) {
  Value largest = broadcast(maximum(x), x);
  Value position = indices(IndexKind::Linear, x);
  Value hit = compare(arith::CmpFPredicate::OEQ, x, largest);
  Value never = broadcast(integer(INT64_MAX), position);
  return minimum(select(hit, position, never));
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

Value FormulaBuilder::product(Value a, Value b, ProductOptions options) {
  RankedTensorType lhs = tensorOf(a), rhs = tensorOf(b);
  Type element = lhs.getElementType();
  auto type = RankedTensorType::get({lhs.getDimSize(options.transposeLhs),
                                     rhs.getDimSize(!options.transposeRhs)},
                                    element);
  auto scalar = [&](Value value) {
    return value ? cast(value, element) : Value();
  };
  return ProductOp::create(
      builder, loc, type, a, b, scalar(options.alpha), scalar(options.beta),
      options.addend, scalar(options.gamma), options.transposeLhs,
      options.transposeRhs, options.symmetric,
      options.factors ? TypeAttr::get(options.factors) : TypeAttr());
}

Value FormulaBuilder::productTN(Value a, Value b) {
  ProductOptions options;
  options.transposeLhs = true;
  return product(a, b, options);
}

Value FormulaBuilder::productNT(Value a, Value b) {
  ProductOptions options;
  options.transposeRhs = true;
  return product(a, b, options);
}

Value FormulaBuilder::gram(Value x) {
  ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  return product(x, x, options);
}

Value FormulaBuilder::outerGram(Value x) {
  ProductOptions options;
  options.transposeRhs = options.symmetric = true;
  return product(x, x, options);
}

Value FormulaBuilder::transpose(Value a) {
  RankedTensorType type = tensorOf(a);
  auto result = RankedTensorType::get({type.getDimSize(1), type.getDimSize(0)},
                                      type.getElementType());
  return TransposeOp::create(builder, loc, result, a);
}

Value FormulaBuilder::sym(Value a) {
  return mul(add(a, transpose(a)), constant(0.5, getElementTypeOrSelf(a)));
}

Value FormulaBuilder::skew(Value a) {
  return mul(sub(a, transpose(a)), constant(0.5, getElementTypeOrSelf(a)));
}

Value FormulaBuilder::block(Value x, unsigned row, unsigned col, unsigned rows,
                            unsigned cols) {
  RankedTensorType type = tensorOf(x);
  auto part = [&](unsigned dim, unsigned count) {
    return type.isDynamicDim(dim) ? ShapedType::kDynamic
                                  : type.getDimSize(dim) / int64_t(count);
  };
  auto result = RankedTensorType::get({part(0, rows), part(1, cols)},
                                      type.getElementType());
  return BlockOp::create(builder, loc, result, x, row, col, rows, cols);
}

Value FormulaBuilder::assemble(ValueRange blocks, unsigned rows, unsigned cols,
                               Value like) {
  return AssembleOp::create(builder, loc, like.getType(), rows, cols, blocks,
                            like);
}

FormulaBuilder::Eigh FormulaBuilder::eigh(Value a) {
  RankedTensorType type = tensorOf(a);
  auto values =
      RankedTensorType::get({type.getDimSize(0)}, type.getElementType());
  auto op = EighOp::create(builder, loc, values, type, builder.getI1Type(), a);
  return {op.getValues(), op.getVectors(), op.getConverged()};
}

std::pair<Value, Value> FormulaBuilder::eigenvalues(Value a) {
  RankedTensorType type = tensorOf(a);
  auto values =
      RankedTensorType::get({type.getDimSize(0)}, type.getElementType());
  auto op = EigenvaluesOp::create(builder, loc, values, builder.getI1Type(), a);
  return {op.getValues(), op.getConverged()};
}

FormulaBuilder::Rational FormulaBuilder::rational(Value a, double constant,
                                                  ArrayRef<double> weights,
                                                  ArrayRef<double> poles) {
  auto op = RationalOp::create(builder, loc, a.getType(), builder.getI1Type(),
                               a, builder.getF64FloatAttr(constant),
                               builder.getDenseF64ArrayAttr(weights),
                               builder.getDenseF64ArrayAttr(poles));
  return {op.getResult(), op.getDefined()};
}

FormulaBuilder::Msign FormulaBuilder::msign(Value x, Attribute contract) {
  auto op =
      MsignOp::create(builder, loc, x.getType(), f64(), f64(), x, contract);
  return {op.getResult(), op.getNuclear(), op.getSpectral()};
}

FormulaBuilder::SpectralPower
FormulaBuilder::spectralPower(Value x, double power, Attribute contract) {
  auto op = SpectralPowerOp::create(builder, loc, x.getType(), f64(), f64(), x,
                                    builder.getF64FloatAttr(power), contract);
  return {op.getResult(), op.getSum(), op.getExcess()};
}

Value FormulaBuilder::leading(Value x) {
  return LeadingOp::create(builder, loc, x.getType(), x);
}

Value FormulaBuilder::singularValues(Value x) {
  RankedTensorType type = tensorOf(x);
  int64_t rows = type.getDimSize(0), cols = type.getDimSize(1);
  int64_t size =
      type.hasStaticShape() ? std::min(rows, cols) : ShapedType::kDynamic;
  return SingularValuesOp::create(builder, loc,
                                  RankedTensorType::get({size}, f64()), x);
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

SmallVector<Value> FormulaBuilder::branch(Value condition, Body thenBody,
                                          Body elseBody) {
  auto build = [&](Body body) {
    return [&, body](OpBuilder &nested, Location at) {
      FormulaBuilder inner(nested, at);
      scf::YieldOp::create(nested, at, body(inner));
    };
  };
  auto op = scf::IfOp::create(builder, loc, condition, build(thenBody),
                              build(elseBody));
  return SmallVector<Value>(op.getResults());
}

SmallVector<Value> FormulaBuilder::byOrientation(
    Value x, function_ref<SmallVector<Value>(FormulaBuilder &, bool)> body) {
  RankedTensorType type = tensorOf(x);
  if (type.hasStaticShape())
    return body(*this, type.getDimSize(0) >= type.getDimSize(1));
  Value tall = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                     rows(x), cols(x));
  return branch(
      tall, [&](FormulaBuilder &inner) { return body(inner, true); },
      [&](FormulaBuilder &inner) { return body(inner, false); });
}

void FormulaBuilder::require(Value condition, int32_t status) {
  RequireOp::create(builder, loc, condition, builder.getI32IntegerAttr(status));
}
