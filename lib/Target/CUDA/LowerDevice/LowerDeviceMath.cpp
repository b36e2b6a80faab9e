//===- LowerDeviceMath.cpp - functions that no instruction computes -------===//

#include "lib/Target/CUDA/LowerDevice/LowerDevice.h"
#include "lib/Target/CUDA/LowerDevice/Power.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERDEVICEMATHPASS
#include "lib/Target/CUDA/LowerDevice/LowerDevice.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// The power of two scalars, in double precision.
static Value buildPower(ImplicitLocOpBuilder &b, func::FuncOp function,
                        Value base, Value exponent) {
  Type type = base.getType(), wide = b.getF64Type();
  auto widen = [&](Value value) -> Value {
    return type == wide ? value : arith::ExtFOp::create(b, wide, value);
  };
  Value power = func::CallOp::create(b, function,
                                     ValueRange{widen(base), widen(exponent)})
                    .getResult(0);
  return type == wide ? power : arith::TruncFOp::create(b, type, power);
}

static void lowerPower(math::PowFOp op, func::FuncOp function) {
  OpBuilder builder(op);
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  Value result;
  if (auto vector = dyn_cast<VectorType>(op.getType())) {
    result = arith::ConstantOp::create(b, b.getZeroAttr(vector));
    for (int64_t lane = 0; lane < vector.getNumElements(); ++lane) {
      Value power = buildPower(
          b, function,
          vector::ExtractOp::create(b, op.getLhs(), ArrayRef<int64_t>{lane}),
          vector::ExtractOp::create(b, op.getRhs(), ArrayRef<int64_t>{lane}));
      result =
          vector::InsertOp::create(b, power, result, ArrayRef<int64_t>{lane});
    }
  } else {
    result = buildPower(b, function, op.getLhs(), op.getRhs());
  }
  op.replaceAllUsesWith(result);
  op.erase();
}

static void lowerIntegerPower(math::FPowIOp op) {
  OpBuilder builder(op);
  Value exponent =
      arith::SIToFPOp::create(builder, op.getLoc(), op.getType(), op.getRhs());
  Value power =
      math::PowFOp::create(builder, op.getLoc(), op.getLhs(), exponent);
  op.replaceAllUsesWith(power);
  op.erase();
}

/// What an instruction, or a few of them in LLVM, computes to the last bit.
static bool isAvailable(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::FloorOp, math::FmaOp, math::RoundEvenOp, math::SqrtOp,
             math::RsqrtOp, math::TruncOp>(op);
}

namespace {

struct LowerDeviceMath
    : steepest::impl::LowerDeviceMathPassBase<LowerDeviceMath> {
  using Base::Base;

  void runOnOperation() override {
    getOperation().walk([](math::FPowIOp op) { lowerIntegerPower(op); });
    SmallVector<math::PowFOp> powers;
    getOperation().walk([&](math::PowFOp op) { powers.push_back(op); });
    if (!powers.empty()) {
      func::FuncOp function =
          getPowerFunction(getOperation(), powers.front().getLoc());
      for (math::PowFOp op : powers)
        lowerPower(op, function);
    }
    WalkResult missing = getOperation().walk([](Operation *op) {
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
          isAvailable(op))
        return WalkResult::advance();
      emitError(op->getLoc())
          << "expects a function that the CUDA target computes (absf, ceil, "
             "copysign, floor, fma, powf, roundeven, rsqrt, sqrt, trunc), got '"
          << op->getName() << "'";
      return WalkResult::interrupt();
    });
    if (missing.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
