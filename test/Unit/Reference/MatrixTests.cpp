//===- MatrixTests.cpp - operations of the matrix dialect -----------------===//

#include "Evaluate.h"
#include "lib/Reference/Certificate.h"
#include <Eigen/LU>

using namespace steepest::reference;

static const double infinity = std::numeric_limits<double>::infinity();

static Matrix random(int64_t rows, int64_t cols) {
  std::srand(unsigned(rows * 100 + cols));
  return Matrix::Random(rows, cols);
}

TEST(Product, EveryOption) {
  Matrix a = random(4, 3), b = random(3, 5), d = random(4, 5);
  Matrix square = random(4, 4);
  Values results = evaluate(R"(
    func.func @f(%a: tensor<4x3xf64>, %b: tensor<?x5xf64>, %d: tensor<4x5xf64>,
                 %s: tensor<4x4xf64>)
        -> (tensor<4x5xf64>, tensor<4x5xf64>, tensor<4x4xf64>,
            tensor<4x5xf64>) {
      %two = arith.constant 2.0 : f64
      %three = arith.constant 3.0 : f64
      %0 = matrix.product %a, %b
        : tensor<4x3xf64>, tensor<?x5xf64> -> tensor<4x5xf64>
      %1 = matrix.product %a, %b scale(%two : f64)
        plus(%three, %d : f64, tensor<4x5xf64>)
        : tensor<4x3xf64>, tensor<?x5xf64> -> tensor<4x5xf64>
      %2 = matrix.product %a, %a shift(%three : f64) {transpose_rhs, symmetric}
        : tensor<4x3xf64>, tensor<4x3xf64> -> tensor<4x4xf64>
      %3 = matrix.product %s, %d {transpose_lhs}
        : tensor<4x4xf64>, tensor<4x5xf64> -> tensor<4x5xf64>
      return %0, %1, %2, %3 : tensor<4x5xf64>, tensor<4x5xf64>, tensor<4x4xf64>,
        tensor<4x5xf64>
    })",
                            {a, b, d, square});
  Matrix identity = Matrix::Identity(4, 4);
  EXPECT_LT(difference(results[0].matrix(), a * b), 1e-15);
  EXPECT_LT(difference(results[1].matrix(), 2 * a * b + 3 * d), 1e-14);
  EXPECT_LT(difference(results[2].matrix(), a * a.transpose() + 3 * identity),
            1e-14);
  EXPECT_LT(difference(results[3].matrix(), square.transpose() * d), 1e-14);
}

TEST(Product, ShapesAreChecked) {
  Evaluation product(R"(
    func.func @f(%a: tensor<?x?xf64>) -> tensor<?x?xf64> {
      %0 = matrix.product %a, %a
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
      return %0 : tensor<?x?xf64>
    })",
                     {random(4, 3)});
  EXPECT_FALSE(product.succeeded);
  EXPECT_EQ(product.message,
            "expects factors with a common inner extent, got 3 and 4");
}

TEST(Transpose, FloatsAndIntegers) {
  Matrix x = random(2, 3);
  Values results = evaluate(R"(
    func.func @f(%x: tensor<2x?xf32>) -> (tensor<?x2xf32>, tensor<2x2xi64>) {
      %0 = matrix.transpose %x : tensor<2x?xf32> -> tensor<?x2xf32>
      %c = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi64>
      %1 = matrix.transpose %c : tensor<2x2xi64> -> tensor<2x2xi64>
      return %0, %1 : tensor<?x2xf32>, tensor<2x2xi64>
    })",
                            {x});
  EXPECT_EQ(difference(results[0].matrix(), x.transpose()), 0);
  EXPECT_EQ(results[1].integerTensor().values(0, 1), 3);
}

TEST(Eigh, ValuesVectorsAndConvergence) {
  const char *program = R"(
    func.func @f(%a: tensor<?x?xf64>)
        -> (tensor<?xf64>, tensor<?x?xf64>, i1, tensor<?xf64>, i1) {
      %v, %q, %ok = matrix.eigh %a
        : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
      %w, %fine = matrix.eigenvalues %a : tensor<?x?xf64> -> tensor<?xf64>
      return %v, %q, %ok, %w, %fine
        : tensor<?xf64>, tensor<?x?xf64>, i1, tensor<?xf64>, i1
    })";
  Matrix a = random(6, 6);
  a = (a + a.transpose()).eval();
  Values results = evaluate(program, {a});
  const Matrix &q = results[1].matrix();
  Matrix back = q.transpose() * results[0].matrix().asDiagonal() * q;
  EXPECT_LT(difference(back, a), 1e-13);
  EXPECT_TRUE(results[2].truth());
  EXPECT_EQ(difference(results[0].matrix(), results[3].matrix()), 0);
  EXPECT_TRUE(results[4].truth());
  a(2, 2) = infinity;
  results = evaluate(program, {a});
  EXPECT_FALSE(results[2].truth());
  EXPECT_FALSE(results[4].truth());
}

TEST(Rational, PartialFractionsOfTheLowerTriangle) {
  const char *program = R"(
    func.func @f(%a: tensor<?x?xf64>) -> (tensor<?x?xf64>, i1) {
      %y, %ok = matrix.rational %a constant(0.5) weights([2.0, 3.0])
                poles([0.25, 1.0]) : tensor<?x?xf64>
      return %y, %ok : tensor<?x?xf64>, i1
    })";
  Matrix x = random(6, 6);
  Matrix a = x * x.transpose();
  Matrix lower = a;
  lower.triangularView<Eigen::StrictlyUpper>().setConstant(7);
  Values results = evaluate(program, {lower});
  Matrix identity = Matrix::Identity(6, 6);
  Matrix expected = 0.5 * identity + 2 * (a + 0.25 * identity).inverse() +
                    3 * (a + identity).inverse();
  EXPECT_LT(difference(results[0].matrix(), expected), 1e-12);
  EXPECT_TRUE(results[1].truth());
  a.diagonal().array() -= 100;
  EXPECT_FALSE(evaluate(program, {a})[1].truth());
  a(3, 2) = infinity;
  EXPECT_FALSE(evaluate(program, {a})[1].truth());
}

static Values evaluateMsign(const std::string &contract, Matrix x) {
  return evaluate("func.func @f(%x: tensor<?x?xf32>)"
                  "    -> (tensor<?x?xf32>, f64, f64) {\n"
                  "  %phi, %n, %s = matrix.msign %x {contract = " +
                      contract +
                      "} : tensor<?x?xf32>\n"
                      "  return %phi, %n, %s : tensor<?x?xf32>, f64, f64\n}",
                  {x});
}

TEST(Msign, AccuracyContractsAreKeptExactly) {
  Matrix x = random(7, 4);
  for (const char *contract :
       {"#matrix.exact", "#matrix.band<lowest = 1.0e-3, error = 0.1>"}) {
    Values results = evaluateMsign(contract, x);
    EXPECT_LT(orthogonalityError(results[0].matrix()), 1e-13);
    EXPECT_NEAR(results[1].real(), innerProduct(x, results[0].matrix()), 1e-13);
    EXPECT_EQ(results[2].real(), 1);
  }
}

TEST(Msign, ForcedPolynomialsAreApplied) {
  Matrix x = random(7, 4);
  Values results = evaluateMsign("#matrix.polynomials<[3.4445, -4.775, 2.0315, "
                                 "1.5, -0.5, 0.0]>",
                                 5 * x);
  Matrix y = x / x.norm();
  Matrix gram = y.transpose() * y;
  y = (3.4445 * y - 4.775 * y * gram + 2.0315 * y * gram * gram).eval();
  y = (1.5 * y - 0.5 * y * y.transpose() * y).eval();
  EXPECT_LT(difference(results[0].matrix(), y), 1e-13);
  EXPECT_NEAR(results[1].real(), 5 * nuclearNorm(x), 1e-12);
  EXPECT_NEAR(results[2].real(), std::max(1.0, spectralNorm(y)), 1e-13);
}

TEST(Msign, ForcedFractionsAreApplied) {
  const char *contract = "#matrix.fractions<constant = 0.5, weights = [0.25, "
                         "2.0], poles = [1.0e-2, 3.0], wide = 1>";
  for (double scale : {1e-30, 1.0, 1e30}) {
    Matrix x = random(7, 4);
    Values results = evaluateMsign(contract, scale * x);
    Matrix gram = x.transpose() * x;
    Matrix y = x / std::sqrt(gram.norm()), identity = Matrix::Identity(4, 4);
    gram /= gram.norm();
    Matrix expected =
        y * (0.5 * identity + 0.25 * (gram + 1e-2 * identity).inverse() +
             2 * (gram + 3 * identity).inverse());
    EXPECT_LT(difference(results[0].matrix(), expected), 1e-13);
    EXPECT_NEAR(results[1].real() / scale, nuclearNorm(x), 1e-12);
    EXPECT_NEAR(results[2].real(), std::max(1.0, spectralNorm(expected)),
                1e-13);
  }
  EXPECT_EQ(evaluateMsign(contract, Matrix::Zero(3, 2))[0].matrix().norm(), 0);
}

TEST(Msign, ForcedPolynomialsMayOvershoot) {
  // A single singular value is mapped to 1.4.
  Matrix x = Matrix::Zero(3, 2);
  x(0, 0) = 10;
  Values results = evaluateMsign("#matrix.polynomials<[1.4, 0.0, 0.0]>", x);
  EXPECT_NEAR(results[2].real(), 1.4, 1e-15);
}

TEST(Msign, ZeroGivesZeroZeroOne) {
  for (const char *contract :
       {"#matrix.exact", "#matrix.polynomials<[1.5, -0.5, 0.0]>"}) {
    Values results = evaluateMsign(contract, Matrix::Zero(3, 2));
    EXPECT_EQ(results[0].matrix().norm(), 0);
    EXPECT_EQ(results[1].real(), 0);
    EXPECT_EQ(results[2].real(), 1);
  }
}

TEST(Spectral, PowerLeadingAndValues) {
  Matrix x = Matrix::Zero(3, 4);
  x(0, 1) = 4;
  x(2, 0) = -4;
  x(1, 3) = 1;
  Values results = evaluate(R"(
    func.func @f(%x: tensor<3x?xf32>)
        -> (tensor<3x?xf32>, tensor<3x?xf32>, tensor<?xf64>) {
      %0:3 = matrix.spectral_power %x, 0.5 : tensor<3x?xf32>
      %1 = matrix.leading %x : tensor<3x?xf32>
      %2 = matrix.singular_values %x : tensor<3x?xf32> -> tensor<?xf64>
      return %0, %1, %2 : tensor<3x?xf32>, tensor<3x?xf32>, tensor<?xf64>
    })",
                            {x});
  Matrix root = Matrix::Zero(3, 4), leading = Matrix::Zero(3, 4);
  root(0, 1) = 2;
  root(2, 0) = -2;
  root(1, 3) = 1;
  leading(0, 1) = 0.5;
  leading(2, 0) = -0.5;
  EXPECT_LT(difference(results[0].matrix(), root), 1e-14);
  EXPECT_LT(difference(results[1].matrix(), leading), 1e-14);
  EXPECT_LT(difference(results[2].matrix(), Value::vector({4, 4, 1}).matrix()),
            1e-14);
}

TEST(Blocks, AreCutAndPutTogether) {
  Matrix x = random(4, 7);
  Values results = evaluate(R"(
    func.func @f(%x: tensor<?x?xf64>) -> (tensor<?x?xf64>, tensor<?x?xf64>) {
      %0 = matrix.block %x[0, 2] of [2, 3] : tensor<?x?xf64> -> tensor<?x?xf64>
      %1 = matrix.block %x[1, 0] of [2, 3] : tensor<?x?xf64> -> tensor<?x?xf64>
      %2 = matrix.assemble [2, 3] %0, %0, %0, %1, %1, %0 like %x
        : tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>,
          tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
      return %0, %2 : tensor<?x?xf64>, tensor<?x?xf64>
    })",
                            {x});
  EXPECT_EQ(results[0].matrix(), Matrix(x.block(0, 4, 2, 2)));
  const Matrix &whole = results[1].matrix();
  EXPECT_EQ(Matrix(whole.block(0, 2, 2, 2)), Matrix(x.block(0, 4, 2, 2)));
  EXPECT_EQ(Matrix(whole.block(2, 2, 2, 2)), Matrix(x.block(2, 0, 2, 2)));
  // What does not fill a block has no value.
  EXPECT_EQ(whole.cols(), 7);
  EXPECT_TRUE(std::isnan(whole(0, 6)));
}

TEST(Blocks, ExtentsAreChecked) {
  Evaluation assembly(R"(
    func.func @f(%a: tensor<?x?xf64>, %x: tensor<?x?xf64>) -> tensor<?x?xf64> {
      %0 = matrix.assemble [1, 1] %a like %x
        : tensor<?x?xf64> -> tensor<?x?xf64>
      return %0 : tensor<?x?xf64>
    })",
                      {random(2, 3), random(2, 2)});
  EXPECT_FALSE(assembly.succeeded);
  EXPECT_EQ(assembly.message, "expects blocks of 2x2, got 2x3");
}

TEST(Reduce, EveryFoldAndExtent) {
  Values results = evaluate(
      R"(
    func.func @f(%x: tensor<?x3xf64>, %v: tensor<3xf64>)
        -> (f64, tensor<?xf64>, tensor<3xf64>, f64, tensor<?xf64>) {
      %0 = matrix.reduce sum %x to scalar : tensor<?x3xf64> -> f64
      %1 = matrix.reduce maximum %x to row : tensor<?x3xf64> -> tensor<?xf64>
      %2 = matrix.reduce minimum %x to column
        : tensor<?x3xf64> -> tensor<3xf64>
      %3 = matrix.reduce maximum %v to scalar : tensor<3xf64> -> f64
      %4 = matrix.reduce sum %x to row : tensor<?x3xf64> -> tensor<?xf64>
      return %0, %1, %2, %3, %4
        : f64, tensor<?xf64>, tensor<3xf64>, f64, tensor<?xf64>
    })",
      {Value::matrix({{1, 2, 3}, {6, 5, -4}}), Value::vector({-3, -1, -2})});
  EXPECT_EQ(results[0].real(), 13);
  EXPECT_EQ(difference(results[1].matrix(), Value::vector({3, 6}).matrix()), 0);
  EXPECT_EQ(difference(results[2].matrix(), Value::vector({1, 2, -4}).matrix()),
            0);
  EXPECT_EQ(results[3].real(), -1);
  EXPECT_EQ(difference(results[4].matrix(), Value::vector({6, 7}).matrix()), 0);
}

TEST(Reduce, NothingAndNaN) {
  const char *program = R"(
    func.func @f(%v: tensor<?xf64>) -> (f64, f64, f64) {
      %0 = matrix.reduce sum %v to scalar : tensor<?xf64> -> f64
      %1 = matrix.reduce maximum %v to scalar : tensor<?xf64> -> f64
      %2 = matrix.reduce minimum %v to scalar : tensor<?xf64> -> f64
      return %0, %1, %2 : f64, f64, f64
    })";
  Values nothing = evaluate(program, {Value::vector({})});
  EXPECT_EQ(nothing[0].real(), 0);
  EXPECT_EQ(nothing[1].real(), -infinity);
  EXPECT_EQ(nothing[2].real(), infinity);
  for (const Value &result : evaluate(program, {Value::vector({1, NAN, 2})}))
    EXPECT_TRUE(std::isnan(result.real()));
}

TEST(Reduce, Integers) {
  Values results = evaluate(R"(
    func.func @f() -> (i64, i64, i1) {
      %c = arith.constant dense<[9223372036854775807, -5, 3]> : tensor<3xi64>
      %0 = matrix.reduce minimum %c to scalar : tensor<3xi64> -> i64
      %1 = matrix.reduce maximum %c to scalar : tensor<3xi64> -> i64
      %b = arith.constant dense<[true, false]> : tensor<2xi1>
      %2 = matrix.reduce minimum %b to scalar : tensor<2xi1> -> i1
      return %0, %1, %2 : i64, i64, i1
    })");
  EXPECT_EQ(results[0].integer(), -5);
  EXPECT_EQ(results[1].integer(), INT64_MAX);
  EXPECT_FALSE(results[2].truth());
}

TEST(Broadcast, ScalarRowAndColumn) {
  const char *program = R"(
    func.func @f(%x: tensor<?x?xf32>, %r: tensor<?xf64>, %c: tensor<?xf64>)
        -> (tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>) {
      %s = arith.constant 7.0 : f64
      %0 = matrix.broadcast %s like %x
        : f64, tensor<?x?xf32> -> tensor<?x?xf64>
      %1 = matrix.broadcast %r along row like %x
        : tensor<?xf64>, tensor<?x?xf32> -> tensor<?x?xf64>
      %2 = matrix.broadcast %c along column like %x
        : tensor<?xf64>, tensor<?x?xf32> -> tensor<?x?xf64>
      return %0, %1, %2 : tensor<?x?xf64>, tensor<?x?xf64>, tensor<?x?xf64>
    })";
  Value x = Matrix(Matrix::Zero(2, 3));
  Values results =
      evaluate(program, {x, Value::vector({1, 2}), Value::vector({3, 4, 5})});
  EXPECT_EQ(difference(results[0].matrix(), Matrix::Constant(2, 3, 7)), 0);
  EXPECT_EQ(difference(results[1].matrix(),
                       Value::matrix({{1, 1, 1}, {2, 2, 2}}).matrix()),
            0);
  EXPECT_EQ(difference(results[2].matrix(),
                       Value::matrix({{3, 4, 5}, {3, 4, 5}}).matrix()),
            0);
  Evaluation wrong(program,
                   {x, Value::vector({1, 2, 3}), Value::vector({3, 4, 5})});
  EXPECT_EQ(wrong.message, "expects a vector of 2 values, got 3 floats");
}

TEST(Index, EveryKind) {
  Values results = evaluate(R"(
    func.func @f(%x: tensor<2x3xf32>)
        -> (tensor<2x3xi64>, tensor<2x3xi64>, tensor<2x3xi64>) {
      %0 = matrix.index row like %x : tensor<2x3xf32> -> tensor<2x3xi64>
      %1 = matrix.index column like %x : tensor<2x3xf32> -> tensor<2x3xi64>
      %2 = matrix.index linear like %x : tensor<2x3xf32> -> tensor<2x3xi64>
      return %0, %1, %2 : tensor<2x3xi64>, tensor<2x3xi64>, tensor<2x3xi64>
    })",
                            {Matrix(Matrix::Zero(2, 3))});
  EXPECT_EQ(results[0].integerTensor().values(1, 2), 1);
  EXPECT_EQ(results[1].integerTensor().values(1, 2), 2);
  EXPECT_EQ(results[2].integerTensor().values(1, 2), 5);
}

TEST(Map, StoresAndFoldsInOnePass) {
  Matrix x = random(3, 4);
  Value rows = Value::vector({1, 2, 3}), cols = Value::vector({4, 5, 6, 7});
  Values results = evaluate(R"(
    func.func @f(%n: index, %m: index, %x: tensor<?x?xf32>, %r: tensor<?xf64>,
                 %c: tensor<?xf64>)
        -> (tensor<?x?xf64>, f64, tensor<?xf64>, tensor<?xi64>) {
      %y, %s, %t, %p = matrix.map(%n, %m)
          ins(%x, %r, %c : tensor<?x?xf32>, tensor<?xf64>, tensor<?xf64>)
          access [0, 1, 2] folds [-1, 0, 1, 2] extents [0, 0, 1, 2] {
      ^bb0(%i: index, %j: index, %a: f32, %u: f64, %v: f64):
        %w = arith.extf %a : f32 to f64
        %uv = arith.mulf %u, %v : f64
        %e = arith.addf %w, %uv : f64
        %k = arith.addi %i, %j : index
        %l = arith.index_cast %k : index to i64
        matrix.yield %e, %e, %e, %l : f64, f64, f64, i64
      } -> tensor<?x?xf64>, f64, tensor<?xf64>, tensor<?xi64>
      return %y, %s, %t, %p
        : tensor<?x?xf64>, f64, tensor<?xf64>, tensor<?xi64>
    })",
                            {Value(3), Value(4), x, rows, cols});
  Matrix expected = x + rows.matrix() * cols.matrix().transpose();
  EXPECT_LT(difference(results[0].matrix(), expected), 1e-14);
  EXPECT_NEAR(results[1].real(), expected.sum(), 1e-13);
  EXPECT_LT(difference(results[2].matrix(), expected.rowwise().maxCoeff()),
            1e-14);
  EXPECT_EQ(results[3].integerTensor().values(3), 3);
}

TEST(Map, StoresAVectorInOneRow) {
  Values results = evaluate(R"(
    func.func @f(%m: index, %v: tensor<?xf64>) -> tensor<?xf64> {
      %one = arith.constant 1 : index
      %r = matrix.map(%one, %m) ins(%v : tensor<?xf64>)
          access [2] folds [-1] extents [2] {
      ^bb0(%i: index, %j: index, %a: f64):
        %b = arith.addf %a, %a : f64
        matrix.yield %b : f64
      } -> tensor<?xf64>
      return %r : tensor<?xf64>
    })",
                            {Value(2), Value::vector({1, 2})});
  EXPECT_EQ(difference(results[0].matrix(), Value::vector({2, 4}).matrix()), 0);
}

TEST(Map, InputsMustFit) {
  Evaluation map(R"(
    func.func @f(%m: index, %v: tensor<?xf64>) -> f64 {
      %r = matrix.map(%m, %m) ins(%v : tensor<?xf64>)
          access [1] folds [0] extents [0] {
      ^bb0(%i: index, %j: index, %a: f64):
        matrix.yield %a : f64
      } -> f64
      return %r : f64
    })",
                 {Value(3), Value::vector({1, 2})});
  EXPECT_FALSE(map.succeeded);
  EXPECT_EQ(map.message, "expects inputs that fit a pass over 3x3 elements, "
                         "got 2 floats");
}

TEST(Require, TheFirstFailureCounts) {
  const char *program = R"(
    func.func @f(%a: i1, %b: i1) -> f64 {
      %t = arith.constant true
      matrix.require %t, 1
      matrix.require %a, 2
      matrix.require %b, 3
      %r = arith.constant 5.0 : f64
      return %r : f64
    })";
  Evaluation both(program, {Value(false), Value(false)});
  ASSERT_TRUE(both.succeeded);
  EXPECT_EQ(both.interpreter.getFailedStatus(), 2);
  EXPECT_EQ(both.results[0].real(), 5);
  EXPECT_EQ(Evaluation(program, {Value(true), Value(false)})
                .interpreter.getFailedStatus(),
            3);
  EXPECT_EQ(Evaluation(program, {Value(true), Value(true)})
                .interpreter.getFailedStatus(),
            std::nullopt);
}

TEST(Certify, RecordsAreKeptInOrder) {
  Evaluation evaluation(R"(
    func.func @f(%x: f64, %y: f64) {
      matrix.certify 1 value(%x) bound(%y) tangency(%x) distance(%y)
        iterations(%x) outcome(%y)
      matrix.certify 0 value(%y) bound(%x) tangency(%x) distance(%y)
        iterations(%x) outcome(%y)
      return
    })",
                        {Value(1.0), Value(2.0)});
  ASSERT_TRUE(evaluation.succeeded) << evaluation.message;
  auto records = evaluation.interpreter.getCertificates();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].index, 1);
  EXPECT_EQ(records[0].value, 1);
  EXPECT_EQ(records[0].bound, 2);
  EXPECT_EQ(records[0].tangency, 1);
  EXPECT_EQ(records[0].distance, 2);
  EXPECT_EQ(records[0].iterations, 1);
  EXPECT_EQ(records[0].outcome, 2);
  EXPECT_EQ(records[1].index, 0);
}
