//===- LowerDeviceMath.cpp - functions that no instruction computes -------===//

#include "lib/Target/CUDA/LowerDevice/LowerDevice.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "runtime/CUDA/Device/Functions.h"

namespace steepest {
#define GEN_PASS_DEF_LOWERDEVICEMATHPASS
#include "lib/Target/CUDA/LowerDevice/LowerDevice.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

/// What an instruction, or a few of them in LLVM, computes to the last bit.
static bool isAvailable(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::FloorOp, math::FmaOp, math::RoundEvenOp, math::SqrtOp,
             math::RsqrtOp, math::TruncOp>(op);
}

static constexpr llvm::StringLiteral availableNames[] = {
    "absf",  "ceil",      "copysign", "floor", "fma",
    "rsqrt", "roundeven", "sqrt",     "trunc"};

/// Those of the device template.
static constexpr llvm::StringLiteral templateNames[] = {
#define STEEPEST_FUNCTION(name, count, error) #name,
    STEEPEST_FUNCTIONS(STEEPEST_FUNCTION)
#undef STEEPEST_FUNCTION
};

/// The function of the template that an operation is; empty when it is none.
static StringRef getTemplateName(Operation *op) {
  StringRef name = op->getName().stripDialect();
  if (isa<math::PowFOp>(op))
    name = "pow";
  const llvm::StringLiteral *found = llvm::find(templateNames, name);
  return found == std::end(templateNames) ? StringRef() : StringRef(*found);
}

namespace {

struct LowerDeviceMath
    : steepest::impl::LowerDeviceMathPassBase<LowerDeviceMath> {
  using Base::Base;

  void runOnOperation() override;

private:
  func::FuncOp declare(StringRef name, unsigned arguments, Location loc);
  /// The function of scalars, in double precision.
  Value call(ImplicitLocOpBuilder &b, func::FuncOp function, ValueRange values);
  void lower(Operation *op, StringRef name);
};

} // namespace

func::FuncOp LowerDeviceMath::declare(StringRef name, unsigned arguments,
                                      Location loc) {
  std::string symbol = ("steepest_math_" + name).str();
  if (auto function = getOperation().lookupSymbol<func::FuncOp>(symbol))
    return function;
  OpBuilder builder(&getContext());
  builder.setInsertionPointToStart(getOperation().getBody());
  Type f64 = builder.getF64Type();
  SmallVector<Type> types(arguments, f64);
  auto function = func::FuncOp::create(builder, loc, symbol,
                                       builder.getFunctionType(types, f64));
  function.setPrivate();
  return function;
}

Value LowerDeviceMath::call(ImplicitLocOpBuilder &b, func::FuncOp function,
                            ValueRange values) {
  Type type = values.front().getType(), wide = b.getF64Type();
  SmallVector<Value> arguments;
  for (Value value : values)
    arguments.push_back(type == wide ? value
                                     : arith::ExtFOp::create(b, wide, value));
  Value result = func::CallOp::create(b, function, arguments).getResult(0);
  return type == wide ? result : arith::TruncFOp::create(b, type, result);
}

void LowerDeviceMath::lower(Operation *op, StringRef name) {
  OpBuilder builder(op);
  ImplicitLocOpBuilder b(op->getLoc(), builder);
  func::FuncOp function = declare(name, op->getNumOperands(), op->getLoc());
  Value result;
  if (auto vector = dyn_cast<VectorType>(op->getResult(0).getType())) {
    result = arith::ConstantOp::create(b, b.getZeroAttr(vector));
    for (int64_t lane = 0; lane < vector.getNumElements(); ++lane) {
      SmallVector<Value> values;
      for (Value operand : op->getOperands())
        values.push_back(
            vector::ExtractOp::create(b, operand, ArrayRef<int64_t>{lane}));
      result = vector::InsertOp::create(b, call(b, function, values), result,
                                        ArrayRef<int64_t>{lane});
    }
  } else {
    result = call(b, function, op->getOperands());
  }
  op->replaceAllUsesWith(ValueRange{result});
  op->erase();
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

void LowerDeviceMath::runOnOperation() {
  getOperation().walk([](math::FPowIOp op) { lowerIntegerPower(op); });
  SmallVector<Operation *> functions;
  WalkResult missing = getOperation().walk([&](Operation *op) {
    if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
        isAvailable(op))
      return WalkResult::advance();
    if (!getTemplateName(op).empty()) {
      functions.push_back(op);
      return WalkResult::advance();
    }
    InFlightDiagnostic error = emitError(op->getLoc());
    error << "expects a function that the CUDA target computes (";
    llvm::interleaveComma(availableNames, error);
    error << ", ";
    llvm::interleaveComma(templateNames, error);
    error << "), got '" << op->getName() << "'";
    return WalkResult::interrupt();
  });
  if (missing.wasInterrupted())
    return signalPassFailure();
  for (Operation *op : functions)
    lower(op, getTemplateName(op));
}
