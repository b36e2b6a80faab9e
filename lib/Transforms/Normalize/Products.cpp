//===- Products.cpp - directions of several parameters --------------------===//
//
// A norm of the lengths s_l N_l(Phi_l), monotone in each, and tangent spaces of
// each layer alone: with the lengths given, every layer is a problem of its
// own, solved by a multiple of its own direction D_l, and attains d_l = <G_l,
// D_l> times that. What is left is the dual of the norm of the lengths, at t_l
// = d_l / s_l:
//
//   max  sum t_l a_l = sum t_l       at a_l = 1
//   l2               = |t|           at a_l = t_l / |t|
//   l1               = max t_l       at a_l = 1 for the first largest, else 0
//
// and Phi_l = (a_l / s_l) D_l. Only the t_l couple the layers.
//
// d_l is the inner product of what goes in and what comes out, not read from a
// certificate: so it is the one of the very D_l that it multiplies, whoever
// solved it. For a D_l of length one the two agree.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/Normalize/Products.h"
#include "dialect/Matrix/FormulaBuilder.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
/// What each layer's direction is multiplied by; null for one.
struct Coupling {
  /// a_l, and the dual norm of the whole.
  SmallVector<Value> lengths;
  Value dual;
};
} // namespace

static Coupling coupleByMax(FormulaBuilder &m, ArrayRef<Value> values) {
  Value sum = values.front();
  for (Value value : values.drop_front())
    sum = m.add(sum, value);
  return {SmallVector<Value>(values.size()), sum};
}

static Value largestOf(FormulaBuilder &m, ArrayRef<Value> values) {
  Value largest = values.front();
  for (Value value : values.drop_front())
    largest = m.max(largest, value);
  return largest;
}

/// Squares are those of numbers up to one.
static Coupling coupleByL2(FormulaBuilder &m, ArrayRef<Value> values) {
  Value largest = largestOf(m, values), sum;
  SmallVector<Value> relative;
  for (Value value : values) {
    relative.push_back(m.divOrZero(value, largest));
    Value square = m.square(relative.back());
    sum = sum ? m.add(sum, square) : square;
  }
  Value root = m.sqrt(sum);
  Coupling coupling;
  for (Value value : relative)
    coupling.lengths.push_back(m.divOrZero(value, root));
  coupling.dual = m.mul(largest, root);
  return coupling;
}

static Coupling coupleByL1(FormulaBuilder &m, ArrayRef<Value> values) {
  Value largest = largestOf(m, values);
  Value left = m.constant(1), zero = m.constant(0);
  Coupling coupling;
  for (Value value : values) {
    Value isLargest = m.compare(arith::CmpFPredicate::OEQ, value, largest);
    coupling.lengths.push_back(m.select(isLargest, left, zero));
    left = m.select(isLargest, zero, left);
  }
  coupling.dual = largest;
  return coupling;
}

static Coupling couple(FormulaBuilder &m, Over over, ArrayRef<Value> values) {
  switch (over) {
  case Over::Max:
    return coupleByMax(m, values);
  case Over::L2:
    return coupleByL2(m, values);
  case Over::L1:
    return coupleByL1(m, values);
  }
  llvm_unreachable("unknown norm of lengths");
}

static StringRef argumentFor(Over over) {
  switch (over) {
  case Over::Max:
    return "every layer takes the longest step of its own: Phi_l = D_l / s_l";
  case Over::L2:
    return "Phi_l = (d_l / s_l^2) D_l / M with d_l = <G_l, D_l> and M = (sum "
           "d_l^2 / s_l^2)^(1/2)";
  case Over::L1:
    return "the first layer with the largest d_l / s_l = <G_l, D_l> / s_l "
           "moves, by Phi_l = D_l / s_l";
  }
  llvm_unreachable("unknown norm of lengths");
}

void steepest::splitProduct(DirectionsOp op, StringRef function) {
  OpBuilder builder(op);
  FormulaBuilder m(builder, op.getLoc());
  size_t layers = op.getInputs().size();
  remark::passed(op.getLoc(), remark::RemarkOpts::name("ProductSplit")
                                  .category("steepest-normalize")
                                  .function(function))
      << remark::metric("over", stringifyOver(op.getOver()))
      << remark::metric("layers", static_cast<int64_t>(layers))
      << remark::reason("{0}", argumentFor(op.getOver()));

  auto manifoldOf = [&](size_t i) -> Attribute {
    Attribute manifold =
        op.getManifolds() ? (*op.getManifolds())[i] : Attribute();
    return isa_and_nonnull<UnitAttr>(manifold) ? Attribute() : manifold;
  };
  auto scaleOf = [&](size_t i) {
    return op.getScales()
               ? cast<FloatAttr>((*op.getScales())[i]).getValueAsDouble()
               : 1.0;
  };
  SmallVector<Value> directions, values;
  for (size_t i = 0; i < layers; ++i) {
    Value input = op.getInputs()[i];
    Attribute manifold = manifoldOf(i);
    auto direction = DirectionOp::create(
        builder, op.getLoc(), input.getType(), /*new_normal=*/Type(), input,
        manifold ? op.getPoints()[i] : Value(), /*normal=*/Value(),
        /*norm_operands=*/ValueRange(), op.getNorms()[i], manifold,
        /*penalty=*/false, op.getAccuracyAttr(), /*method=*/Attribute(),
        /*index=*/IntegerAttr());
    directions.push_back(direction.getResult());
  }
  // The longest step needs no values.
  Coupling coupling{SmallVector<Value>(layers), Value()};
  if (op.getOver() != Over::Max || op.getPenalty()) {
    for (size_t i = 0; i < layers; ++i)
      values.push_back(m.div(m.dot(op.getInputs()[i], directions[i]),
                             m.constant(scaleOf(i))));
    coupling = couple(m, op.getOver(), values);
  }
  for (size_t i = 0; i < layers; ++i) {
    Value factor = coupling.lengths[i], result = directions[i];
    auto multiply = [&](Value by) { factor = factor ? m.mul(factor, by) : by; };
    if (op.getPenalty())
      multiply(coupling.dual);
    if (scaleOf(i) != 1)
      multiply(m.constant(1 / scaleOf(i)));
    if (factor)
      result = ScaleOp::create(
          builder, op.getLoc(), result.getType(), result,
          m.cast(factor, getElementTypeOrSelf(result.getType())));
    op.getResult(i).replaceAllUsesWith(result);
  }
  op.erase();
}
