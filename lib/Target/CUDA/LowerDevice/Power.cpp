//===- Power.cpp - x to the power y in double precision -------------------===//
//
// With |x| = 2^k m, 1/sqrt 2 <= m < sqrt 2, and s = (m - 1) / (m + 1):
//
//     log m = 2 atanh s = 2 s + 2 s^3 (1/3 + s^2 / 5 + s^4 / 7 + ...)
//
// where s is had to twice the precision, as a sum of two doubles, so that what
// is rounded is at most a hundredth of the sum. y log |x| = n log 2 + r then
// gives 2^n exp r, by the exponential series of r, |r| <= log 2 / 2.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/LowerDevice/Power.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

namespace {

/// A sum of two doubles, the second much smaller.
struct Double2 {
  Value high, low;
};

class PowerBuilder {
public:
  explicit PowerBuilder(ImplicitLocOpBuilder &b) : b(b) {}

  Value build(Value x, Value y);

private:
  Value real(double value) {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  }
  Value integer(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value negative(Value x) { return arith::NegFOp::create(b, x); }
  /// x y + z, rounded once.
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
  Value compare(CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, predicate, x, y);
  }
  Value logicalAnd(Value x, Value y) { return arith::AndIOp::create(b, x, y); }
  Value logicalOr(Value x, Value y) { return arith::OrIOp::create(b, x, y); }
  Value logicalNot(Value x) {
    Value one = arith::ConstantIntOp::create(b, 1, 1);
    return arith::XOrIOp::create(b, x, one);
  }
  Value bitsOf(Value x) {
    return arith::BitcastOp::create(b, b.getI64Type(), x);
  }
  Value fromBits(Value x) {
    return arith::BitcastOp::create(b, b.getF64Type(), x);
  }
  /// high + low where |x| >= |y|, exactly.
  Double2 sum(Value x, Value y) {
    Value high = add(x, y);
    return {high, add(sub(x, high), y)};
  }
  Double2 product(Value x, Value y) {
    Value high = mul(x, y);
    return {high, fma(x, y, negative(high))};
  }
  /// 2^n for -1022 <= n <= 1023.
  Value powerOfTwo(Value n) {
    Value biased = arith::AddIOp::create(b, n, integer(1023));
    return fromBits(arith::ShLIOp::create(b, biased, integer(52)));
  }

  Double2 buildLog(Value x);
  Value buildExp(Double2 x);
  Value buildSpecial(Value x, Value y, Value power);

  ImplicitLocOpBuilder &b;
};

} // namespace

/// log 2 in two parts; multiples of the first by small integers are exact.
static constexpr double log2High = 0x1.62e42fefa3800p-1;
static constexpr double log2Low = 0x1.ef35793c76730p-45;

Double2 PowerBuilder::buildLog(Value x) {
  // Subnormal numbers are scaled up first.
  Value isSmall = compare(CmpFPredicate::OLT, x, real(0x1p-1022));
  x = select(isSmall, mul(x, real(0x1p54)), x);
  Value bits = bitsOf(x);
  // The exponent of x / sqrt(1/2), whose fraction then is below 2.
  Value shifted = arith::SubIOp::create(b, bits, integer(0x3fe6a09e667f3bcd));
  Value k = arith::ShRSIOp::create(b, shifted, integer(52));
  Value fraction =
      arith::SubIOp::create(b, bits, arith::ShLIOp::create(b, k, integer(52)));
  Value m = fromBits(fraction);
  k = arith::SubIOp::create(b, k, select(isSmall, integer(54), integer(0)));
  Value exponent = arith::SIToFPOp::create(b, b.getF64Type(), k);

  Value one = real(1);
  Value numerator = sub(m, one);
  Double2 denominator = sum(m, one);
  // m + 1 is a sum with the larger first one way or the other.
  Double2 swapped = sum(one, m);
  Value larger = compare(CmpFPredicate::OGE, m, one);
  denominator.low = select(larger, denominator.low, swapped.low);
  Value s = div(numerator, denominator.high);
  Value rest = fma(negative(s), denominator.high, numerator);
  rest = fma(negative(s), denominator.low, rest);
  Value sLow = div(rest, denominator.high);

  // sum_j s^(2 j) / (2 j + 3); s^2 <= 0.0295, so that 14 terms are enough.
  Value square = mul(s, s);
  Value series = real(1.0 / 31);
  for (int odd = 29; odd >= 3; odd -= 2)
    series = fma(series, square, real(1.0 / odd));
  Value cubic = mul(mul(square, s), series);

  // k log 2 + 2 s + 2 s^3 series, the large parts first.
  Value two = real(2);
  Value ks = mul(exponent, real(log2High));
  Value s2 = mul(two, s);
  // |k log 2| > |2 s| unless k is zero.
  Double2 log = sum(ks, s2);
  Value low =
      fma(exponent, real(log2Low), fma(two, cubic, fma(two, sLow, log.low)));
  return sum(log.high, low);
}

Value PowerBuilder::buildExp(Double2 x) {
  // Beyond these the result is infinite or zero anyway.
  Value clamped = arith::MaximumFOp::create(
      b, arith::MinimumFOp::create(b, x.high, real(1100)), real(-1100));
  Value n =
      math::RoundEvenOp::create(b, mul(clamped, real(0x1.71547652b82fep0)));
  Value r = fma(negative(n), real(log2High), clamped);
  r = fma(negative(n), real(log2Low), r);
  r = add(r, x.low);
  // exp r = 1 + r + r^2 (1/2 + r/6 + ...), |r| <= 0.35.
  double factorial = 1;
  for (int i = 2; i <= 15; ++i)
    factorial *= i;
  Value series = real(1 / factorial);
  for (int i = 14; i >= 2; --i) {
    factorial /= i + 1;
    series = fma(series, r, real(1 / factorial));
  }
  Value value = add(real(1), fma(mul(r, r), series, r));
  // In two factors: 2^n alone may be out of range.
  Value count = arith::FPToSIOp::create(b, b.getI64Type(), n);
  Value half = arith::ShRSIOp::create(b, count, integer(1));
  Value rest = arith::SubIOp::create(b, count, half);
  Value result = mul(mul(value, powerOfTwo(half)), powerOfTwo(rest));
  Value isTiny = compare(CmpFPredicate::OLT, result, real(0x1p-1022));
  return select(isTiny, real(0), result);
}

Value PowerBuilder::buildSpecial(Value x, Value y, Value power) {
  Value zero = real(0), one = real(1);
  Value infinity = real(std::numeric_limits<double>::infinity());
  Value nan = real(std::numeric_limits<double>::quiet_NaN());
  Value magnitude = math::AbsFOp::create(b, x);
  Value yMagnitude = math::AbsFOp::create(b, y);

  // Whole numbers, and odd ones: what is 2^53 or more is even.
  Value floor = math::FloorOp::create(b, y);
  Value isWhole = compare(CmpFPredicate::OEQ, floor, y);
  Value half = mul(y, real(0.5));
  Value halfIsWhole =
      compare(CmpFPredicate::OEQ, Value(math::FloorOp::create(b, half)), half);
  Value isOdd = logicalAnd(isWhole, logicalNot(halfIsWhole));
  Value isNegative = compare(CmpFPredicate::OLT, x, zero);

  Value result = power;
  // |x| = 0 or infinite: 0 or infinity by the sign of y.
  Value yPositive = compare(CmpFPredicate::OGT, y, zero);
  Value isZero = compare(CmpFPredicate::OEQ, magnitude, zero);
  Value isInfinite = compare(CmpFPredicate::OEQ, magnitude, infinity);
  result = select(isZero, select(yPositive, zero, infinity), result);
  result = select(isInfinite, select(yPositive, infinity, zero), result);
  // y infinite: by whether |x| is above one.
  Value yInfinite = compare(CmpFPredicate::OEQ, yMagnitude, infinity);
  Value above = compare(CmpFPredicate::OGT, magnitude, one);
  Value grows = arith::CmpIOp::create(b, CmpIPredicate::eq, above, yPositive);
  Value isOne = compare(CmpFPredicate::OEQ, magnitude, one);
  result = select(yInfinite, select(isOne, one, select(grows, infinity, zero)),
                  result);
  // The sign: of an odd power of a negative number (or of -0).
  Value signed_ = math::CopySignOp::create(b, result, x);
  result = select(isOdd, signed_, result);
  // A root of a negative number is none, but for infinite ones.
  Value isRoot = logicalAnd(logicalAnd(isNegative, logicalNot(isWhole)),
                            logicalNot(logicalOr(isInfinite, yInfinite)));
  result = select(isRoot, nan, result);
  Value isNan = logicalOr(compare(CmpFPredicate::UNO, x, x),
                          compare(CmpFPredicate::UNO, y, y));
  result = select(isNan, nan, result);
  // Whatever the other one is.
  Value isTrivial = logicalOr(compare(CmpFPredicate::OEQ, x, one),
                              compare(CmpFPredicate::OEQ, y, zero));
  return select(isTrivial, one, result);
}

Value PowerBuilder::build(Value x, Value y) {
  Value magnitude = math::AbsFOp::create(b, x);
  Double2 log = buildLog(magnitude);
  Double2 scaled = product(y, log.high);
  scaled.low = fma(y, log.low, scaled.low);
  Value power = buildExp(scaled);
  return buildSpecial(x, y, power);
}

func::FuncOp steepest::getPowerFunction(gpu::GPUModuleOp module, Location loc) {
  constexpr llvm::StringLiteral name = "math.power";
  if (auto function = module.lookupSymbol<func::FuncOp>(name))
    return function;
  OpBuilder builder(module.getContext());
  ImplicitLocOpBuilder b(loc, builder);
  b.setInsertionPointToStart(module.getBody());
  Type f64 = b.getF64Type();
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType({f64, f64}, f64));
  function.setPrivate();
  // What LLVM calls it, which the conversion hands on.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  Value power =
      PowerBuilder(b).build(block->getArgument(0), block->getArgument(1));
  func::ReturnOp::create(b, power);
  return function;
}
