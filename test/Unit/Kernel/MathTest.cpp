//===- MathTest.cpp - functions of libm in maps ---------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace steepest::test;

/// Applies the ops in `body`, which make %r of %a, to `x`.
static Matrix<double> apply(const std::string &body, Matrix<double> x) {
  CompiledModule module(replaceAll(R"(
!matrix = memref<?x?xf64, strided<[?, 1], offset: ?>>
func.func @apply(%x: !matrix, %workspace: memref<?xi8>) -> i32
    attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %x, %c0 : !matrix
  %cols = memref.dim %x, %c1 : !matrix
  kernel.map %rows, %cols ins(%x : !matrix) [full]
      outs(%x : !matrix) [store to full] {
  ^bb0(%i: index, %j: index, %a: f64):
    BODY
    kernel.yield %r : f64
  }
  %status = arith.constant 0 : i32
  return %status : i32
}
)",
                                   "BODY", body),
                        "native", {"apply__kernel"});
  EXPECT_EQ(module.run("apply__kernel", {x.view()}, {}, 1), 0);
  return x;
}

static void check(const std::string &body, double (*expected)(double)) {
  SCOPED_TRACE(body);
  Matrix<double> x(2, 37);
  x.fill([](int64_t i, int64_t j) { return std::ldexp(j + 1.0, -5 - 20 * i); });
  Matrix<double> y = apply(body, x);
  for (int64_t i = 0; i < x.rows; ++i)
    for (int64_t j = 0; j < x.cols; ++j)
      EXPECT_NEAR(y(i, j), expected(x(i, j)),
                  4e-15 * std::fabs(expected(x(i, j))));
}

TEST(Math, Functions) {
  check("%r = math.exp %a : f64", [](double x) { return std::exp(x); });
  check("%r = math.log %a : f64", [](double x) { return std::log(x); });
  check("%r = math.log1p %a : f64", [](double x) { return std::log1p(x); });
  check("%r = math.expm1 %a : f64", [](double x) { return std::expm1(x); });
  check("%r = math.exp2 %a : f64", [](double x) { return std::exp2(x); });
  check("%r = math.log2 %a : f64", [](double x) { return std::log2(x); });
  check("%r = math.sqrt %a : f64", [](double x) { return std::sqrt(x); });
  check("%r = math.rsqrt %a : f64", [](double x) { return 1 / std::sqrt(x); });
  check("%r = math.cbrt %a : f64", [](double x) { return std::cbrt(x); });
  check("%r = math.tanh %a : f64", [](double x) { return std::tanh(x); });
  check("%r = math.erf %a : f64", [](double x) { return std::erf(x); });
  check("%r = math.absf %a : f64", [](double x) { return std::fabs(x); });
  check("%r = math.powf %a, %a : f64", [](double x) { return std::pow(x, x); });
  check("%r = math.copysign %a, %a : f64", [](double x) { return x; });
  check("%r = math.fma %a, %a, %a : f64",
        [](double x) { return std::fma(x, x, x); });
  check("%n = arith.constant 3 : i32\n"
        "%r = math.fpowi %a, %n : f64, i32",
        [](double x) { return x * x * x; });
}
