//===- ControlTests.cpp - constants, shapes, control flow and calls -------===//

#include "Evaluate.h"

using namespace steepest::reference;

TEST(Constants, EveryKind) {
  Values results = evaluate(R"(
    func.func @f() -> (f32, i64, index, i1, tensor<2x2xf64>, tensor<3xf64>,
                       tensor<2xi1>, tensor<f64>) {
      %0 = arith.constant 1.5 : f32
      %1 = arith.constant 9223372036854775807 : i64
      %2 = arith.constant 7 : index
      %3 = arith.constant true
      %4 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf64>
      %5 = arith.constant dense<2.5> : tensor<3xf64>
      %6 = arith.constant dense<[true, false]> : tensor<2xi1>
      %7 = arith.constant dense<4.0> : tensor<f64>
      return %0, %1, %2, %3, %4, %5, %6, %7 : f32, i64, index, i1,
        tensor<2x2xf64>, tensor<3xf64>, tensor<2xi1>, tensor<f64>
    })");
  EXPECT_EQ(results[0].real(), 1.5);
  EXPECT_EQ(results[1].integer(), INT64_MAX);
  EXPECT_EQ(results[2].integer(), 7);
  EXPECT_EQ(results[3].integer(), 1);
  EXPECT_EQ(
      difference(results[4].matrix(), Value::matrix({{1, 2}, {3, 4}}).matrix()),
      0);
  EXPECT_EQ(results[5].rank(), 1u);
  EXPECT_EQ(results[5].matrix().sum(), 7.5);
  EXPECT_EQ(results[6].integerTensor().values(0), 1);
  EXPECT_EQ(results[6].integerTensor().values(1), 0);
  EXPECT_EQ(results[7].rank(), 0u);
  EXPECT_EQ(results[7].matrix()(0, 0), 4);
}

TEST(Tensors, DimSplatCastEmpty) {
  Values results = evaluate(R"(
    func.func @f(%x: tensor<?x3xf64>, %n: index)
        -> (index, tensor<?x2xf64>, tensor<2x3xf64>, tensor<?xf32>) {
      %one = arith.constant 1 : index
      %0 = tensor.dim %x, %one : tensor<?x3xf64>
      %c = arith.constant 5.0 : f64
      %1 = tensor.splat %c[%n] : tensor<?x2xf64>
      %2 = tensor.cast %x : tensor<?x3xf64> to tensor<2x3xf64>
      %3 = tensor.empty(%n) : tensor<?xf32>
      return %0, %1, %2, %3 : index, tensor<?x2xf64>, tensor<2x3xf64>,
        tensor<?xf32>
    })",
                            {Matrix(Matrix::Zero(2, 3)), Value(4)});
  EXPECT_EQ(results[0].integer(), 3);
  EXPECT_EQ(results[1].rows(), 4);
  EXPECT_EQ(results[1].matrix().sum(), 40);
  EXPECT_EQ(results[2].rows(), 2);
  EXPECT_EQ(results[3].rows(), 4);
  EXPECT_TRUE(std::isnan(results[3].matrix()(0)));
}

TEST(Tensors, CastChecksTheShape) {
  Evaluation cast(R"(
    func.func @f(%x: tensor<?xf64>) -> tensor<2xf64> {
      %0 = tensor.cast %x : tensor<?xf64> to tensor<2xf64>
      return %0 : tensor<2xf64>
    })",
                  {Value::vector({1, 2, 3})});
  EXPECT_FALSE(cast.succeeded);
  EXPECT_EQ(cast.message,
            "expects a value of type 'tensor<2xf64>', got 3 floats");
}

TEST(Control, If) {
  const char *program = R"(
    func.func @f(%c: i1, %x: f64) -> f64 {
      %r = scf.if %c -> f64 {
        %y = arith.addf %x, %x : f64
        scf.yield %y : f64
      } else {
        scf.yield %x : f64
      }
      scf.if %c {
      }
      return %r : f64
    })";
  EXPECT_EQ(evaluate(program, {Value(true), Value(3.0)})[0].real(), 6);
  EXPECT_EQ(evaluate(program, {Value(false), Value(3.0)})[0].real(), 3);
}

TEST(Control, ForCarriesValues) {
  const char *program = R"(
    func.func @f(%n: index) -> (index, f64) {
      %zero = arith.constant 0 : index
      %two = arith.constant 2 : index
      %one = arith.constant 1.0 : f64
      %r:2 = scf.for %i = %zero to %n step %two
          iter_args(%s = %zero, %p = %one) -> (index, f64) {
        %t = arith.addi %s, %i : index
        %q = arith.addf %p, %p : f64
        scf.yield %t, %q : index, f64
      }
      return %r#0, %r#1 : index, f64
    })";
  Values results = evaluate(program, {Value(7)});
  EXPECT_EQ(results[0].integer(), 0 + 2 + 4 + 6);
  EXPECT_EQ(results[1].real(), 16);
  EXPECT_EQ(evaluate(program, {Value(0)})[1].real(), 1);
}

TEST(Control, ForNeedsAPositiveStep) {
  Evaluation loop(R"(
    func.func @f(%step: index) {
      %zero = arith.constant 0 : index
      scf.for %i = %zero to %step step %step {
      }
      return
    })",
                  {Value(0)});
  EXPECT_FALSE(loop.succeeded);
  EXPECT_EQ(loop.message, "expects a step > 0, got 0");
}

TEST(Control, WhileWithDifferentTypesOnBothSides) {
  // Newton's iteration for a square root, and how often it ran.
  const char *program = R"(
    func.func @f(%x: f64) -> (f64, i64) {
      %half = arith.constant 0.5 : f64
      %tolerance = arith.constant 1.0e-14 : f64
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %r:2 = scf.while (%y = %x, %k = %zero) : (f64, i64) -> (f64, i64) {
        %yy = arith.mulf %y, %y : f64
        %gap = arith.subf %yy, %x : f64
        %far = arith.cmpf ogt, %gap, %tolerance : f64
        scf.condition(%far) %y, %k : f64, i64
      } do {
      ^bb0(%y: f64, %k: i64):
        %q = arith.divf %x, %y : f64
        %s = arith.addf %y, %q : f64
        %next = arith.mulf %s, %half : f64
        %count = arith.addi %k, %one : i64
        scf.yield %next, %count : f64, i64
      }
      return %r#0, %r#1 : f64, i64
    })";
  Values results = evaluate(program, {Value(2.0)});
  EXPECT_NEAR(results[0].real(), std::sqrt(2.0), 1e-14);
  EXPECT_GT(results[1].integer(), 2);
}

TEST(Control, CallsRecurse) {
  const char *program = R"(
    func.func @factorial(%n: i64) -> i64 {
      %one = arith.constant 1 : i64
      %stop = arith.cmpi sle, %n, %one : i64
      %r = scf.if %stop -> i64 {
        scf.yield %one : i64
      } else {
        %m = arith.subi %n, %one : i64
        %s = func.call @factorial(%m) : (i64) -> i64
        %p = arith.muli %s, %n : i64
        scf.yield %p : i64
      }
      return %r : i64
    }
    func.func @f(%n: i64) -> i64 {
      %r = call @factorial(%n) : (i64) -> i64
      return %r : i64
    })";
  EXPECT_EQ(evaluate(program, {Value(6)})[0].integer(), 720);
}

TEST(Control, ExternalFunctionsAreErrors) {
  Evaluation call(R"(
    func.func private @g(f64) -> f64
    func.func @f(%x: f64) -> f64 {
      %r = call @g(%x) : (f64) -> f64
      return %r : f64
    })",
                  {Value(1.0)});
  EXPECT_FALSE(call.succeeded);
  EXPECT_EQ(call.message, "the reference evaluator needs the body of 'g'");
}

TEST(Control, UnknownOperationsAreErrors) {
  Evaluation unknown(R"(
    func.func @f(%x: f64) -> i64 {
      %r = arith.bitcast %x : f64 to i64
      return %r : i64
    })",
                     {Value(1.0)});
  EXPECT_FALSE(unknown.succeeded);
  EXPECT_EQ(unknown.message,
            "the reference evaluator does not know 'arith.bitcast'");
}

TEST(Control, ArgumentsAreChecked) {
  const char *program = "func.func @f(%x: tensor<2xf64>) { return }";
  EXPECT_EQ(Evaluation(program, {}).message, "expects 1 arguments, got 0");
  EXPECT_EQ(Evaluation(program, {Value(1.0)}).message,
            "expects a value of type 'tensor<2xf64>', got a scalar float");
  EXPECT_EQ(Evaluation(program, {Matrix(Matrix::Zero(2, 1))}).message,
            "expects a value of type 'tensor<2xf64>', got 2x1 floats");
}

TEST(Control, BlocksRunOnTheirOwn) {
  Evaluation evaluation(R"(
    func.func @f(%x: f64) -> f64 {
      %y = arith.addf %x, %x : f64
      return %y : f64
    })",
                        {Value(1.0)});
  Interpreter interpreter;
  mlir::Block &block =
      evaluation.module->lookupSymbol<mlir::func::FuncOp>("f").front();
  mlir::FailureOr<Values> results = interpreter.run(block, {Value(4.0)});
  ASSERT_TRUE(mlir::succeeded(results));
  EXPECT_EQ((*results)[0].real(), 8);
  EXPECT_EQ(interpreter.get(block.getArgument(0)).real(), 4);
}
