//===- ScalarFunctions.cpp - elementwise operations on numbers ------------===//

#include "lib/Reference/ScalarFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace steepest::reference;
namespace arith = mlir::arith;

int64_t steepest::reference::wrapInteger(int64_t value, unsigned width) {
  return width == 1 ? value & 1 : llvm::SignExtend64(value, width);
}

int64_t ScalarCall::integer(unsigned i) const {
  return llvm::SignExtend64(operands[i].integer, widths[i]);
}

uint64_t ScalarCall::natural(unsigned i) const {
  return uint64_t(operands[i].integer) &
         llvm::maskTrailingOnes<uint64_t>(widths[i]);
}

double steepest::reference::maximumOf(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::nan("");
  if (a == b) // +0 is above -0
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

double steepest::reference::minimumOf(double a, double b) {
  return -maximumOf(-a, -b);
}

//===----------------------------------------------------------------------===//
// How a function of numbers becomes an entry of the table
//===----------------------------------------------------------------------===//

static Scalar realResult(double value) { return {value, 0}; }
static Scalar integerResult(int64_t value) { return {0, value}; }

static ScalarFunction real1(double (*function)(double)) {
  return [=](ScalarCall &call) { return realResult(function(call.real(0))); };
}
static ScalarFunction real2(double (*function)(double, double)) {
  return [=](ScalarCall &call) {
    return realResult(function(call.real(0), call.real(1)));
  };
}
static ScalarFunction real3(double (*function)(double, double, double)) {
  return [=](ScalarCall &call) {
    return realResult(function(call.real(0), call.real(1), call.real(2)));
  };
}
static ScalarFunction classify(bool (*function)(double)) {
  return
      [=](ScalarCall &call) { return integerResult(function(call.real(0))); };
}
static ScalarFunction signed1(int64_t (*function)(int64_t)) {
  return [=](ScalarCall &call) {
    return integerResult(function(call.integer(0)));
  };
}
static ScalarFunction signed2(int64_t (*function)(int64_t, int64_t)) {
  return [=](ScalarCall &call) {
    return integerResult(function(call.integer(0), call.integer(1)));
  };
}
/// Also for what is the same bits signed or not: sums, products, masks.
static ScalarFunction unsigned2(uint64_t (*function)(uint64_t, uint64_t)) {
  return [=](ScalarCall &call) {
    return integerResult(function(call.natural(0), call.natural(1)));
  };
}
/// A signed division: undefined by zero and where the quotient overflows.
static ScalarFunction signedDivision(int64_t (*function)(int64_t, int64_t)) {
  return [=](ScalarCall &call) {
    int64_t a = call.integer(0), b = call.integer(1);
    bool overflows = b == -1 && a == llvm::minIntN(call.widths[0]);
    return integerResult(b == 0 || overflows ? call.undefined()
                                             : function(a, b));
  };
}
static ScalarFunction unsignedDivision(uint64_t (*function)(uint64_t,
                                                            uint64_t)) {
  return [=](ScalarCall &call) {
    uint64_t a = call.natural(0), b = call.natural(1);
    return integerResult(b == 0 ? call.undefined() : function(a, b));
  };
}

//===----------------------------------------------------------------------===//
// Functions that need more than one line
//===----------------------------------------------------------------------===//

static Scalar compareFloats(ScalarCall &call) {
  auto predicate = llvm::cast<arith::CmpFOp>(call.op).getPredicate();
  return integerResult(arith::applyCmpPredicate(
      predicate, llvm::APFloat(call.real(0)), llvm::APFloat(call.real(1))));
}

static Scalar compareIntegers(ScalarCall &call) {
  auto predicate = llvm::cast<arith::CmpIOp>(call.op).getPredicate();
  unsigned width = call.widths[0];
  return integerResult(
      arith::applyCmpPredicate(predicate, llvm::APInt(width, call.natural(0)),
                               llvm::APInt(width, call.natural(1))));
}

static Scalar selectOperand(ScalarCall &call) {
  return call.operands[call.operands[0].integer != 0 ? 1 : 2];
}

/// Conversions truncate; what does not fit is undefined.
static Scalar floatToInteger(ScalarCall &call) {
  mlir::Type type = mlir::getElementTypeOrSelf(call.op->getResult(0));
  bool isSigned = llvm::isa<arith::FPToSIOp>(call.op);
  unsigned width = type.getIntOrFloatBitWidth();
  double value = std::trunc(call.real(0));
  double end = std::ldexp(1.0, isSigned ? width - 1 : width);
  if (!(value < end && value >= (isSigned ? -end : 0)))
    return integerResult(call.undefined());
  return integerResult(isSigned ? int64_t(value) : int64_t(uint64_t(value)));
}

/// Exact integer powers; a negative exponent gives the truncated quotient.
static Scalar integerPower(ScalarCall &call) {
  int64_t base = call.integer(0), exponent = call.integer(1);
  if (exponent < 0) {
    if (base == 0)
      return integerResult(call.undefined());
    if (base != 1 && base != -1)
      return integerResult(0);
    return integerResult(exponent % 2 != 0 ? base : 1);
  }
  uint64_t result = 1, factor = base; // wraps
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return integerResult(result);
}

static double clampOf(double x, double low, double high) {
  return minimumOf(maximumOf(x, low), high);
}

static int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
static int64_t ceilDivide(int64_t a, int64_t b) {
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

using Table = llvm::StringMap<ScalarFunction>;

static void addFloatFunctions(Table &table) {
  table["arith.addf"] = real2([](double a, double b) { return a + b; });
  table["arith.subf"] = real2([](double a, double b) { return a - b; });
  table["arith.mulf"] = real2([](double a, double b) { return a * b; });
  table["arith.divf"] = real2([](double a, double b) { return a / b; });
  table["arith.remf"] = real2(std::fmod);
  table["arith.negf"] = real1([](double a) { return -a; });
  table["arith.maximumf"] = real2(maximumOf);
  table["arith.minimumf"] = real2(minimumOf);
  table["arith.maxnumf"] = real2(std::fmax);
  table["arith.minnumf"] = real2(std::fmin);
  table["arith.cmpf"] = compareFloats;
  table["math.absf"] = real1(std::fabs);
  table["math.sqrt"] = real1(std::sqrt);
  table["math.rsqrt"] = real1([](double a) { return 1 / std::sqrt(a); });
  table["math.cbrt"] = real1(std::cbrt);
  table["math.exp"] = real1(std::exp);
  table["math.exp2"] = real1(std::exp2);
  table["math.expm1"] = real1(std::expm1);
  table["math.log"] = real1(std::log);
  table["math.log2"] = real1(std::log2);
  table["math.log10"] = real1(std::log10);
  table["math.log1p"] = real1(std::log1p);
  table["math.powf"] = real2(std::pow);
  table["math.floor"] = real1(std::floor);
  table["math.ceil"] = real1(std::ceil);
  table["math.round"] = real1(std::round);
  table["math.roundeven"] = real1(std::nearbyint);
  table["math.trunc"] = real1(std::trunc);
  table["math.sin"] = real1(std::sin);
  table["math.cos"] = real1(std::cos);
  table["math.tan"] = real1(std::tan);
  table["math.atan"] = real1(std::atan);
  table["math.atan2"] = real2(std::atan2);
  table["math.sinh"] = real1(std::sinh);
  table["math.cosh"] = real1(std::cosh);
  table["math.tanh"] = real1(std::tanh);
  table["math.erf"] = real1(std::erf);
  table["math.erfc"] = real1(std::erfc);
  table["math.fma"] = real3(std::fma);
  table["math.clampf"] = real3(clampOf);
  table["math.copysign"] = real2(std::copysign);
  table["math.isfinite"] = classify(std::isfinite);
  table["math.isnan"] = classify(std::isnan);
  table["math.isinf"] = classify(std::isinf);
  table["math.isnormal"] = classify(std::isnormal);
  table["math.fpowi"] = [](ScalarCall &call) {
    return realResult(std::pow(call.real(0), double(call.integer(1))));
  };
}

static void addIntegerFunctions(Table &table) {
  using S = int64_t;
  using U = uint64_t;
  table["arith.addi"] = unsigned2([](U a, U b) { return a + b; });
  table["arith.subi"] = unsigned2([](U a, U b) { return a - b; });
  table["arith.muli"] = unsigned2([](U a, U b) { return a * b; });
  table["arith.andi"] = unsigned2([](U a, U b) { return a & b; });
  table["arith.ori"] = unsigned2([](U a, U b) { return a | b; });
  table["arith.xori"] = unsigned2([](U a, U b) { return a ^ b; });
  table["arith.divsi"] = signedDivision([](S a, S b) { return a / b; });
  table["arith.remsi"] = signedDivision([](S a, S b) { return a % b; });
  table["arith.floordivsi"] = signedDivision(floorDivide);
  table["arith.ceildivsi"] = signedDivision(ceilDivide);
  table["arith.divui"] = unsignedDivision([](U a, U b) { return a / b; });
  table["arith.remui"] = unsignedDivision([](U a, U b) { return a % b; });
  table["arith.ceildivui"] =
      unsignedDivision([](U a, U b) { return a / b + (a % b != 0); });
  table["arith.maxsi"] = signed2([](S a, S b) { return std::max(a, b); });
  table["arith.minsi"] = signed2([](S a, S b) { return std::min(a, b); });
  table["arith.maxui"] = unsigned2([](U a, U b) { return std::max(a, b); });
  table["arith.minui"] = unsigned2([](U a, U b) { return std::min(a, b); });
  table["arith.cmpi"] = compareIntegers;
  table["math.absi"] = signed1([](S a) { return a < 0 ? -a : a; });
  table["math.ipowi"] = integerPower;
}

static void addConversions(Table &table) {
  // Floats are float64 throughout: changing their type does not round.
  ScalarFunction sameFloat = real1([](double a) { return a; });
  table["arith.extf"] = sameFloat;
  table["arith.truncf"] = sameFloat;
  ScalarFunction asSigned = signed1([](int64_t a) { return a; });
  ScalarFunction asUnsigned = [](ScalarCall &call) {
    return integerResult(call.natural(0));
  };
  table["arith.extsi"] = asSigned;
  table["arith.trunci"] = asSigned;
  table["arith.index_cast"] = asSigned;
  table["arith.extui"] = asUnsigned;
  table["arith.index_castui"] = asUnsigned;
  table["arith.sitofp"] = [](ScalarCall &call) {
    return realResult(call.integer(0));
  };
  table["arith.uitofp"] = [](ScalarCall &call) {
    return realResult(call.natural(0));
  };
  table["arith.fptosi"] = floatToInteger;
  table["arith.fptoui"] = floatToInteger;
  table["arith.select"] = selectOperand;
}

const ScalarFunction *
steepest::reference::findScalarFunction(mlir::OperationName name) {
  static const Table table = [] {
    Table result;
    addFloatFunctions(result);
    addIntegerFunctions(result);
    addConversions(result);
    return result;
  }();
  auto found = table.find(name.getStringRef());
  return found == table.end() ? nullptr : &found->second;
}
