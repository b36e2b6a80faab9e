//===- ScalarTests.cpp - elementwise operations ---------------------------===//

#include "Evaluate.h"
#include <cmath>
#include <limits>

using namespace steepest::reference;

static const double infinity = std::numeric_limits<double>::infinity();
static const double notANumber = std::numeric_limits<double>::quiet_NaN();

/// `op` applied to arguments of the given types, as scalars.
static Value apply(const std::string &op, const std::string &types,
                   const std::string &result,
                   const std::vector<std::string> &argumentTypes,
                   llvm::ArrayRef<Value> arguments) {
  std::string parameters, operands;
  for (size_t i = 0; i < argumentTypes.size(); ++i) {
    std::string comma = i ? ", " : "", name = "%a" + std::to_string(i);
    parameters += comma + name + ": " + argumentTypes[i];
    operands += comma + name;
  }
  size_t space = op.find(' ');
  // `arith.cmpf` has its predicate in front of the operands.
  std::string head = space == std::string::npos ? op + " " : op + ", ";
  return evaluate("func.func @f(" + parameters + ") -> " + result +
                      " {\n  %r = " + head + operands + " : " + types +
                      "\n  return %r : " + result + "\n}",
                  arguments)[0];
}

static double reals(const std::string &op, std::vector<double> arguments) {
  Values values;
  for (double argument : arguments)
    values.push_back(argument);
  return apply(op, "f64", "f64",
               std::vector<std::string>(arguments.size(), "f64"), values)
      .real();
}

static int64_t integers(const std::string &op, int64_t a, int64_t b,
                        const std::string &type = "i64") {
  return apply(op, type, type, {type, type}, {Value(a), Value(b)}).integer();
}

TEST(Floats, Arithmetic) {
  EXPECT_EQ(reals("arith.addf", {1, 2}), 3);
  EXPECT_EQ(reals("arith.subf", {1, 2}), -1);
  EXPECT_EQ(reals("arith.mulf", {3, 2}), 6);
  EXPECT_EQ(reals("arith.divf", {1, 4}), 0.25);
  EXPECT_EQ(reals("arith.divf", {1, 0}), infinity);
  EXPECT_EQ(reals("arith.remf", {7, 4}), 3);
  EXPECT_EQ(reals("arith.negf", {2}), -2);
}

TEST(Floats, NaNAndSignedZeroInMaximaAndMinima) {
  EXPECT_EQ(reals("arith.maximumf", {1, 2}), 2);
  EXPECT_EQ(reals("arith.minimumf", {1, 2}), 1);
  EXPECT_TRUE(std::isnan(reals("arith.maximumf", {1, notANumber})));
  EXPECT_TRUE(std::isnan(reals("arith.minimumf", {notANumber, 1})));
  EXPECT_FALSE(std::signbit(reals("arith.maximumf", {-0.0, 0.0})));
  EXPECT_TRUE(std::signbit(reals("arith.minimumf", {0.0, -0.0})));
  EXPECT_EQ(reals("arith.maxnumf", {1, notANumber}), 1);
  EXPECT_EQ(reals("arith.minnumf", {notANumber, 1}), 1);
}

TEST(Floats, Functions) {
  EXPECT_EQ(reals("math.absf", {-2}), 2);
  EXPECT_EQ(reals("math.sqrt", {9}), 3);
  EXPECT_EQ(reals("math.rsqrt", {4}), 0.5);
  EXPECT_DOUBLE_EQ(reals("math.exp", {1}), std::exp(1.0));
  EXPECT_EQ(reals("math.exp2", {3}), 8);
  EXPECT_EQ(reals("math.expm1", {0}), 0);
  EXPECT_DOUBLE_EQ(reals("math.log", {2}), std::log(2.0));
  EXPECT_EQ(reals("math.log2", {8}), 3);
  EXPECT_EQ(reals("math.log10", {100}), 2);
  EXPECT_DOUBLE_EQ(reals("math.log1p", {1e-10}), std::log1p(1e-10));
  EXPECT_EQ(reals("math.powf", {2, 10}), 1024);
  EXPECT_EQ(reals("math.floor", {-1.5}), -2);
  EXPECT_EQ(reals("math.ceil", {-1.5}), -1);
  EXPECT_EQ(reals("math.round", {2.5}), 3);
  EXPECT_EQ(reals("math.roundeven", {2.5}), 2);
  EXPECT_EQ(reals("math.trunc", {-1.5}), -1);
  EXPECT_DOUBLE_EQ(reals("math.sin", {1}), std::sin(1.0));
  EXPECT_DOUBLE_EQ(reals("math.cos", {1}), std::cos(1.0));
  EXPECT_DOUBLE_EQ(reals("math.tan", {1}), std::tan(1.0));
  EXPECT_DOUBLE_EQ(reals("math.atan", {1}), std::atan(1.0));
  EXPECT_DOUBLE_EQ(reals("math.atan2", {1, -1}), std::atan2(1.0, -1.0));
  EXPECT_DOUBLE_EQ(reals("math.sinh", {1}), std::sinh(1.0));
  EXPECT_DOUBLE_EQ(reals("math.cosh", {1}), std::cosh(1.0));
  EXPECT_DOUBLE_EQ(reals("math.tanh", {1}), std::tanh(1.0));
  EXPECT_DOUBLE_EQ(reals("math.cbrt", {27}), 3);
  EXPECT_DOUBLE_EQ(reals("math.erf", {1}), std::erf(1.0));
  EXPECT_DOUBLE_EQ(reals("math.erfc", {1}), std::erfc(1.0));
  EXPECT_EQ(reals("math.fma", {2, 3, 4}), 10);
  EXPECT_EQ(reals("math.copysign", {2, -0.0}), -2);
  Value powered = apply("math.fpowi", "f64, i32", "f64", {"f64", "i32"},
                        {Value(2.0), Value(-2)});
  EXPECT_EQ(powered.real(), 0.25);
}

TEST(Floats, Clamp) {
  Values results = evaluate(R"(
    func.func @f(%x: f64, %low: f64, %high: f64) -> f64 {
      %r = math.clampf %x to [%low, %high] : f64
      return %r : f64
    })",
                            {Value(5.0), Value(0.0), Value(1.0)});
  EXPECT_EQ(results[0].real(), 1);
}

TEST(Floats, Classification) {
  auto classify = [](const char *op, double x) {
    return apply(op, "f64", "i1", {"f64"}, {Value(x)}).truth();
  };
  EXPECT_TRUE(classify("math.isfinite", 1));
  EXPECT_FALSE(classify("math.isfinite", infinity));
  EXPECT_FALSE(classify("math.isfinite", notANumber));
  EXPECT_TRUE(classify("math.isnan", notANumber));
  EXPECT_FALSE(classify("math.isnan", 1));
  EXPECT_TRUE(classify("math.isinf", -infinity));
  EXPECT_FALSE(classify("math.isnormal", 1e-310));
}

TEST(Floats, Comparisons) {
  auto compare = [](const char *predicate, double a, double b) {
    return apply(std::string("arith.cmpf ") + predicate, "f64", "i1",
                 {"f64", "f64"}, {Value(a), Value(b)})
        .truth();
  };
  EXPECT_TRUE(compare("olt", 1, 2));
  EXPECT_FALSE(compare("olt", 1, notANumber));
  EXPECT_TRUE(compare("ult", 1, notANumber));
  EXPECT_TRUE(compare("oge", 2, 2));
  EXPECT_FALSE(compare("one", 2, 2));
  EXPECT_TRUE(compare("une", notANumber, notANumber));
  EXPECT_TRUE(compare("oeq", 0.0, -0.0));
  EXPECT_FALSE(compare("ord", 1, notANumber));
}

TEST(Integers, Arithmetic) {
  EXPECT_EQ(integers("arith.addi", 3, 4), 7);
  EXPECT_EQ(integers("arith.subi", 3, 4), -1);
  EXPECT_EQ(integers("arith.muli", 3, 4), 12);
  EXPECT_EQ(integers("arith.addi", INT32_MAX, 1, "i32"), INT32_MIN);
  EXPECT_EQ(integers("arith.addi", INT64_MAX, 1), INT64_MIN);
  EXPECT_EQ(integers("arith.divsi", -7, 2), -3);
  EXPECT_EQ(integers("arith.remsi", -7, 2), -1);
  EXPECT_EQ(integers("arith.floordivsi", -7, 2), -4);
  EXPECT_EQ(integers("arith.ceildivsi", -7, 2), -3);
  EXPECT_EQ(integers("arith.ceildivsi", 7, 2), 4);
  EXPECT_EQ(integers("arith.divui", -2, 2), INT64_MAX);
  EXPECT_EQ(integers("arith.divui", -2, 2, "i32"), INT32_MAX);
  EXPECT_EQ(integers("arith.remui", 7, 4), 3);
  EXPECT_EQ(integers("arith.ceildivui", 7, 4), 2);
  EXPECT_EQ(integers("arith.andi", 6, 3), 2);
  EXPECT_EQ(integers("arith.ori", 6, 3), 7);
  EXPECT_EQ(integers("arith.xori", 6, 3), 5);
  EXPECT_EQ(integers("arith.xori", 1, 1, "i1"), 0);
  EXPECT_EQ(integers("arith.maxsi", -1, 1), 1);
  EXPECT_EQ(integers("arith.minsi", -1, 1), -1);
  EXPECT_EQ(integers("arith.maxui", -1, 1), -1);
  EXPECT_EQ(integers("arith.minui", -1, 1), 1);
  EXPECT_EQ(integers("arith.addi", 3, 4, "index"), 7);
  EXPECT_EQ(apply("math.absi", "i64", "i64", {"i64"}, {Value(-5)}).integer(),
            5);
}

TEST(Integers, Powers) {
  EXPECT_EQ(integers("math.ipowi", 3, 4), 81);
  EXPECT_EQ(integers("math.ipowi", -2, 3), -8);
  EXPECT_EQ(integers("math.ipowi", 7, 0), 1);
  EXPECT_EQ(integers("math.ipowi", 2, -1), 0);
  EXPECT_EQ(integers("math.ipowi", -1, -3), -1);
}

TEST(Integers, Comparisons) {
  auto compare = [](const char *predicate, int64_t a, int64_t b,
                    const char *type) {
    return apply(std::string("arith.cmpi ") + predicate, type, "i1",
                 {type, type}, {Value(a), Value(b)})
        .truth();
  };
  EXPECT_TRUE(compare("slt", -1, 1, "i64"));
  EXPECT_FALSE(compare("ult", -1, 1, "i64"));
  EXPECT_TRUE(compare("eq", 5, 5, "index"));
  EXPECT_TRUE(compare("ne", 5, 6, "i32"));
  EXPECT_TRUE(compare("sge", 5, 5, "i64"));
  EXPECT_TRUE(compare("ugt", 1, 0, "i1"));
}

TEST(Conversions, FloatsAreNeverRounded) {
  double third = 1.0 / 3;
  EXPECT_EQ(apply("arith.truncf", "f64 to f32", "f32", {"f64"}, {Value(third)})
                .real(),
            third);
  EXPECT_EQ(
      apply("arith.extf", "f32 to f64", "f64", {"f32"}, {Value(third)}).real(),
      third);
}

TEST(Conversions, BetweenFloatsAndIntegers) {
  auto convert = [](const char *op, const char *from, const char *to,
                    Value value) {
    return apply(op, std::string(from) + " to " + to, to, {from}, {value});
  };
  EXPECT_EQ(convert("arith.sitofp", "i64", "f64", Value(-3)).real(), -3);
  EXPECT_EQ(convert("arith.uitofp", "i32", "f64", Value(-1)).real(),
            4294967295.0);
  EXPECT_EQ(convert("arith.uitofp", "i1", "f64", Value(true)).real(), 1);
  EXPECT_EQ(convert("arith.sitofp", "i1", "f64", Value(true)).real(), -1);
  EXPECT_EQ(convert("arith.fptosi", "f64", "i64", Value(-2.7)).integer(), -2);
  EXPECT_EQ(convert("arith.fptoui", "f64", "i64", Value(2.7)).integer(), 2);
  EXPECT_EQ(convert("arith.index_cast", "i64", "index", Value(9)).integer(), 9);
  EXPECT_EQ(convert("arith.index_castui", "i32", "index", Value(-1)).integer(),
            4294967295);
  EXPECT_EQ(convert("arith.extsi", "i1", "i64", Value(true)).integer(), -1);
  EXPECT_EQ(convert("arith.extui", "i1", "i64", Value(true)).integer(), 1);
  EXPECT_EQ(convert("arith.trunci", "i64", "i32", Value(INT64_MAX)).integer(),
            -1);
}

TEST(Elementwise, OnTensors) {
  Values results = evaluate(
      R"(
    func.func @f(%x: tensor<?x2xf32>, %v: tensor<3xf64>)
        -> (tensor<?x2xf32>, tensor<3xi64>) {
      %0 = arith.mulf %x, %x : tensor<?x2xf32>
      %1 = math.sqrt %0 : tensor<?x2xf32>
      %c = arith.constant dense<0.0> : tensor<3xf64>
      %2 = arith.cmpf ogt, %v, %c : tensor<3xf64>
      %3 = arith.extui %2 : tensor<3xi1> to tensor<3xi64>
      return %1, %3 : tensor<?x2xf32>, tensor<3xi64>
    })",
      {Value::matrix({{-1, 2}, {3, -4}}), Value::vector({1, -1, notANumber})});
  EXPECT_EQ(
      difference(results[0].matrix(), Value::matrix({{1, 2}, {3, 4}}).matrix()),
      0);
  EXPECT_EQ(results[1].integerTensor().values(0), 1);
  EXPECT_EQ(results[1].integerTensor().values(1), 0);
  EXPECT_EQ(results[1].integerTensor().values(2), 0);
}

TEST(Elementwise, SelectByScalarAndByTensor) {
  const char *program = R"(
    func.func @f(%c: i1, %x: tensor<2xf64>, %y: tensor<2xf64>)
        -> (tensor<2xf64>, tensor<2xf64>, i64) {
      %0 = arith.select %c, %x, %y : tensor<2xf64>
      %1 = arith.cmpf olt, %x, %y : tensor<2xf64>
      %2 = arith.select %1, %x, %y : tensor<2xi1>, tensor<2xf64>
      %a = arith.constant 1 : i64
      %b = arith.constant 2 : i64
      %3 = arith.select %c, %a, %b : i64
      return %0, %2, %3 : tensor<2xf64>, tensor<2xf64>, i64
    })";
  Value x = Value::vector({1, 4}), y = Value::vector({3, 2});
  Values results = evaluate(program, {Value(false), x, y});
  EXPECT_EQ(difference(results[0].matrix(), y.matrix()), 0);
  EXPECT_EQ(difference(results[1].matrix(), Value::vector({1, 2}).matrix()), 0);
  EXPECT_EQ(results[2].integer(), 2);
}

TEST(Elementwise, UndefinedResultsAreErrors) {
  Evaluation division(R"(
    func.func @f(%a: i64, %b: i64) -> i64 {
      %r = arith.divsi %a, %b : i64
      return %r : i64
    })",
                      {Value(1), Value(0)});
  EXPECT_FALSE(division.succeeded);
  EXPECT_EQ(division.message,
            "the result of 'arith.divsi' is undefined for these operands");
  Evaluation conversion(R"(
    func.func @f(%a: f64) -> i32 {
      %r = arith.fptosi %a : f64 to i32
      return %r : i32
    })",
                        {Value(1e10)});
  EXPECT_FALSE(conversion.succeeded);
}

TEST(Elementwise, ShapesMustAgree) {
  Evaluation sum(R"(
    func.func @f(%a: tensor<?xf64>, %b: tensor<?xf64>) -> tensor<?xf64> {
      %r = arith.addf %a, %b : tensor<?xf64>
      return %r : tensor<?xf64>
    })",
                 {Value::vector({1, 2}), Value::vector({1, 2, 3})});
  EXPECT_FALSE(sum.succeeded);
  EXPECT_EQ(sum.message,
            "expects operands of one shape, got 2 floats and 3 floats");
}
