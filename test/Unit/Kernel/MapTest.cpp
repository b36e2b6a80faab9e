//===- MapTest.cpp - fused maps against plain loops -----------------------===//
//
// One body, every access and every result, for shapes around the vector length
// and beyond one task, on all vector widths. Results are compared with loops in
// float64, and bit for bit between numbers of threads.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace steepest::test;

// z_ij = (x_ij v_i + w_j) h - i/8 + j/8, stored over x; folded in every way.
static const char *const text = R"(
!matrix = memref<?x?xT, strided<[?, 1], offset: ?>>
func.func @map(%x: !matrix, %v: memref<?xT>, %w: memref<?xT>,
               %rows_sum: memref<?xT>, %rows_max: memref<?xT>,
               %cols_sum: memref<?xT>, %cols_min: memref<?xT>,
               %scalars: memref<?xT>, %h: f64, %workspace: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %rows = memref.dim %x, %c0 : !matrix
  %cols = memref.dim %x, %c1 : !matrix
  %ht = CAST_H
  %s:3 = kernel.map %rows, %cols
      ins(%x, %v, %w : !matrix, memref<?xT>, memref<?xT>) [full, row, column]
      outs(OUTPUTS) [KINDS sum to scalar, maximum to scalar, minimum to scalar]
      scratch(%workspace) -> T, T, T {
  ^bb0(%i: index, %j: index, %a: T, %b: T, %c: T):
    %eighth = arith.constant 0.125 : T
    %ii = arith.index_cast %i : index to i64
    %jj = arith.index_cast %j : index to i64
    %it = arith.sitofp %ii : i64 to T
    %jt = arith.sitofp %jj : i64 to T
    %p = arith.mulf %a, %b : T
    %q = arith.addf %p, %c : T
    %r = arith.mulf %q, %ht : T
    %d = arith.subf %jt, %it : T
    %e = arith.mulf %d, %eighth : T
    %z = arith.addf %r, %e : T
    kernel.yield YIELDS %z, %z, %z : TYPES T, T, T
  }
  memref.store %s#0, %scalars[%c0] : memref<?xT>
  memref.store %s#1, %scalars[%c1] : memref<?xT>
  memref.store %s#2, %scalars[%c2] : memref<?xT>
  %status = arith.constant 0 : i32
  return %status : i32
}
)";

namespace {

/// Which results a variant of the map has besides the scalars.
struct Variant {
  bool store, rows, cols;
};

template <typename T> const char *typeName();
template <> const char *typeName<float>() { return "f32"; }
template <> const char *typeName<double>() { return "f64"; }

template <typename T> std::string makeText(Variant variant) {
  std::string outputs, types, kinds, yields, results;
  auto add = [&](const char *output, const char *type, const char *kind) {
    outputs += (outputs.empty() ? "" : ", ") + std::string(output);
    types += (types.empty() ? "" : ", ") + std::string(type);
    kinds += std::string(kind) + ", ";
    yields += "%z, ";
    results += "T, ";
  };
  if (variant.store)
    add("%x", "!matrix", "store to full");
  if (variant.rows) {
    add("%rows_sum", "memref<?xT>", "sum to row");
    add("%rows_max", "memref<?xT>", "maximum to row");
  }
  if (variant.cols) {
    add("%cols_sum", "memref<?xT>", "sum to column");
    add("%cols_min", "memref<?xT>", "minimum to column");
  }
  std::string made = replaceAll(text, "OUTPUTS",
                                outputs.empty() ? "" : outputs + " : " + types);
  made = replaceAll(made, "KINDS ", kinds);
  made = replaceAll(made, "YIELDS ", yields);
  made = replaceAll(made, "TYPES ", results);
  made = replaceAll(made, "CAST_H",
                    sizeof(T) == 4 ? "arith.truncf %h : f64 to T"
                                   : "arith.mulf %h, %h : f64");
  made = replaceAll(made, "xT", std::string("x") + typeName<T>());
  for (const char *before : {" ", "(", ": "})
    for (const char *after : {",", "\n", " ", ")"})
      made = replaceAll(made, std::string(before) + "T" + after,
                        std::string(before) + typeName<T>() + after);
  return made;
}

/// All that one run writes.
template <typename T> struct Data {
  Data(int64_t rows, int64_t cols)
      : x(rows, cols, 3), v(1, rows), w(1, cols), rowsSum(1, rows),
        rowsMax(1, rows), colsSum(1, cols), colsMin(1, cols), scalars(1, 3) {
    x.fillRandom(1);
    v.fillRandom(2);
    w.fillRandom(3);
  }
  std::vector<steepest_matrix> views() {
    return {x.view(),       v.view(),       w.view(),       rowsSum.view(),
            rowsMax.view(), colsSum.view(), colsMin.view(), scalars.view()};
  }
  Matrix<T> x, v, w, rowsSum, rowsMax, colsSum, colsMin, scalars;
};

template <typename T> bool sameBits(const Matrix<T> &a, const Matrix<T> &b) {
  for (int64_t i = 0; i < a.rows; ++i)
    if (std::memcmp(&a(i, 0), &b(i, 0), a.cols * sizeof(T)) != 0)
      return false;
  return true;
}

/// Folds as the op promises them: NaN propagates.
struct Folds {
  double sum = 0, magnitude = 0;
  double maximum = -std::numeric_limits<double>::infinity();
  double minimum = std::numeric_limits<double>::infinity();
  void add(double value) {
    sum += value;
    magnitude += std::fabs(value);
    maximum = std::isnan(value) || value > maximum ? value : maximum;
    minimum = std::isnan(value) || value < minimum ? value : minimum;
  }
};

template <typename T>
void expectNear(double actual, double expected, double magnitude,
                const char *what) {
  if (std::isnan(expected) || std::isinf(expected)) {
    EXPECT_EQ(std::isnan(actual), std::isnan(expected)) << what;
    if (!std::isnan(expected))
      EXPECT_EQ(actual, expected) << what;
    return;
  }
  // A sum in any order errs by less than its length times this; partial sums
  // keep it far below.
  double tolerance = 64 * std::numeric_limits<T>::epsilon() * (magnitude + 1);
  EXPECT_NEAR(actual, expected, tolerance) << what;
}

template <typename T>
void checkOne(CompiledModule &module, Variant variant, int64_t rows,
              int64_t cols, bool withNaN) {
  SCOPED_TRACE(testing::Message() << rows << " x " << cols);
  const double h = 0.5;
  const double scale = sizeof(T) == 4 ? h : h * h;
  Data<T> before(rows, cols);
  if (withNaN && rows > 0 && cols > 0)
    before.x(rows / 2, cols - 1) = std::numeric_limits<T>::quiet_NaN();

  Data<T> one = before, two = before;
  ASSERT_EQ(module.run("map__kernel", one.views(), {h}, 1), 0);
  ASSERT_EQ(module.run("map__kernel", two.views(), {h}, 2), 0);
  EXPECT_TRUE(sameBits(one.x, two.x));
  EXPECT_TRUE(sameBits(one.rowsSum, two.rowsSum));
  EXPECT_TRUE(sameBits(one.rowsMax, two.rowsMax));
  EXPECT_TRUE(sameBits(one.colsSum, two.colsSum));
  EXPECT_TRUE(sameBits(one.colsMin, two.colsMin));
  EXPECT_TRUE(sameBits(one.scalars, two.scalars));
  for (Matrix<T> *matrix : {&one.x, &one.v, &one.w, &one.rowsSum, &one.rowsMax,
                            &one.colsSum, &one.colsMin, &one.scalars})
    EXPECT_TRUE(matrix->isIntact());

  Folds all;
  std::vector<Folds> byRow(rows), byCol(cols);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) {
      double z = (double(before.x(i, j)) * before.v(i) + before.w(j)) * scale +
                 (j - i) / 8.0;
      all.add(z);
      byRow[i].add(z);
      byCol[j].add(z);
      double magnitude = 1 + (i + j) / 8.0;
      if (variant.store)
        expectNear<T>(one.x(i, j), z, magnitude, "store");
      else
        EXPECT_EQ(std::memcmp(&one.x(i, j), &before.x(i, j), sizeof(T)), 0);
      if (testing::Test::HasFailure())
        return;
    }
  expectNear<T>(one.scalars(0), all.sum, all.magnitude, "sum");
  expectNear<T>(one.scalars(1), all.maximum, rows + cols, "maximum");
  expectNear<T>(one.scalars(2), all.minimum, rows + cols, "minimum");
  for (int64_t i = 0; i < rows && variant.rows; ++i) {
    expectNear<T>(one.rowsSum(i), byRow[i].sum, byRow[i].magnitude, "row sum");
    expectNear<T>(one.rowsMax(i), byRow[i].maximum, rows + cols, "row max");
  }
  for (int64_t j = 0; j < cols && variant.cols; ++j) {
    expectNear<T>(one.colsSum(j), byCol[j].sum, byCol[j].magnitude, "col sum");
    expectNear<T>(one.colsMin(j), byCol[j].minimum, rows + cols, "col min");
  }
}

template <typename T> void checkAll(const std::string &cpu) {
  if (!isRunnable(cpu))
    GTEST_SKIP() << "this machine does not run code for " << cpu;
  for (Variant variant :
       {Variant{true, false, false}, Variant{false, false, false},
        Variant{true, true, false}, Variant{true, false, true},
        Variant{false, true, true}}) {
    SCOPED_TRACE(testing::Message()
                 << cpu << " " << typeName<T>() << " store " << variant.store
                 << " rows " << variant.rows << " cols " << variant.cols);
    CompiledModule module(makeText<T>(variant), cpu, {"map__kernel"});
    if (testing::Test::HasFailure())
      return;
    for (int64_t rows : {0, 1, 15, 16, 17, 300})
      for (int64_t cols : {0, 1, 15, 16, 17, 70, 333}) {
        checkOne<T>(module, variant, rows, cols, /*withNaN=*/false);
        if (testing::Test::HasFailure())
          return;
      }
    for (bool withNaN : {false, true}) {
      checkOne<T>(module, variant, 1000, 67, withNaN);
      checkOne<T>(module, variant, 17, 1000, withNaN);
      checkOne<T>(module, variant, 2, 40000, withNaN);
    }
  }
}

} // namespace

TEST(Map, Float32OnThisMachine) { checkAll<float>("native"); }
TEST(Map, Float64OnThisMachine) { checkAll<double>("native"); }
TEST(Map, Float32On256Bits) { checkAll<float>("x86-64-v3"); }
TEST(Map, Float64On128Bits) { checkAll<double>("x86-64"); }

//===----------------------------------------------------------------------===//
// Integers and truth values
//===----------------------------------------------------------------------===//

// Finds finite elements, counts them per row, and keeps them; vectors are index
// spaces of one row.
TEST(Map, IntegersAndTruthValues) {
  CompiledModule module(R"(
!matrix = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func @count(%x: !matrix, %counts: memref<?xf32>, %last: memref<?xf32>,
                 %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %half = arith.constant 8388608 : index
  %rows = memref.dim %x, %c0 : !matrix
  %cols = memref.dim %x, %c1 : !matrix
  %flags = memref.view %workspace[%c0][%rows, %cols]
      : memref<?xi8> to memref<?x?xi8>
  %numbers = memref.view %workspace[%half][%rows] : memref<?xi8> to memref<?xi64>
  kernel.map %rows, %cols ins(%x : !matrix) [full]
      outs(%flags : memref<?x?xi8>) [store to full] {
  ^bb0(%i: index, %j: index, %a: f32):
    %zero = arith.constant 0.0 : f32
    %d = arith.subf %a, %a : f32
    %finite = arith.cmpf oeq, %d, %zero : f32
    kernel.yield %finite : i1
  }
  kernel.map %rows, %cols ins(%x, %flags : !matrix, memref<?x?xi8>) [full, full]
      outs(%x, %numbers : !matrix, memref<?xi64>) [store to full, sum to row] {
  ^bb0(%i: index, %j: index, %a: f32, %finite: i1):
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1 : i64
    %b = arith.select %finite, %a, %zero : f32
    %n = arith.extui %finite : i1 to i64
    kernel.yield %b, %n : f32, i64
  }
  %scratch = memref.view %workspace[%c0][%half] : memref<?xi8> to memref<?xi8>
  %greatest = kernel.map %c1, %rows ins(%numbers : memref<?xi64>) [column]
      outs(%counts : memref<?xf32>) [store to column, maximum to scalar]
      scratch(%scratch) -> i64 {
  ^bb0(%i: index, %j: index, %n: i64):
    %real = arith.sitofp %n : i64 to f32
    kernel.yield %real, %n : f32, i64
  }
  %real = arith.sitofp %greatest : i64 to f32
  memref.store %real, %last[%c0] : memref<?xf32>
  %status = arith.constant 0 : i32
  return %status : i32
}
)",
                        "native", {"count__kernel"});
  ASSERT_FALSE(HasFailure());
  for (int64_t cols : {1, 15, 33, 100}) {
    const int64_t rows = 41;
    Matrix<float> x(rows, cols, 5), counts(1, rows), last(1, 1);
    auto isLost = [](int64_t i, int64_t j) { return (i * 7 + j * 3) % 5 == 0; };
    x.fill([&](int64_t i, int64_t j) {
      return isLost(i, j) ? (i % 2 ? NAN : INFINITY) : float(i + j);
    });
    ASSERT_EQ(module.run("count__kernel",
                         {x.view(), counts.view(), last.view()}, {}, 2),
              0);
    float greatest = 0;
    for (int64_t i = 0; i < rows; ++i) {
      float expected = 0;
      for (int64_t j = 0; j < cols; ++j) {
        expected += !isLost(i, j);
        EXPECT_EQ(x(i, j), isLost(i, j) ? 0 : float(i + j));
      }
      EXPECT_EQ(counts(i), expected);
      greatest = std::max(greatest, expected);
    }
    EXPECT_EQ(last(0), greatest);
  }
}
