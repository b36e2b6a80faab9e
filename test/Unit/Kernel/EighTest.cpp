//===- EighTest.cpp - eigen-problems --------------------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace steepest::test;

// The entry gets a strided matrix; the op wants a contiguous one.
static const char *const text = R"(
!matrix = memref<?x?xTYPE, strided<[?, 1], offset: ?>>
func.func @eigh(%a: !matrix, %v: memref<?xTYPE>, %workspace: memref<?xi8>)
    -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %half = arith.constant 8388608 : index
  %n = memref.dim %a, %c0 : !matrix
  %q = memref.view %workspace[%c0][%n, %n] : memref<?xi8> to memref<?x?xTYPE>
  %s = memref.view %workspace[%half][%half] : memref<?xi8> to memref<?xi8>
  kernel.copy %a into %q : !matrix, memref<?x?xTYPE>
  %ok = kernel.eigh %q values(%v) scratch(%s)
      : memref<?x?xTYPE>, memref<?xTYPE>
  kernel.copy %q into %a : memref<?x?xTYPE>, !matrix
  %converged = arith.constant 0 : i32
  %gave_up = arith.constant 3 : i32
  %status = arith.select %ok, %converged, %gave_up : i32
  return %status : i32
}
)";

template <typename T> static void check(const char *type) {
  CompiledModule module(replaceAll(text, "TYPE", type), "native",
                        {"eigh__kernel"});
  ASSERT_FALSE(testing::Test::HasFailure());
  for (int64_t n : {0, 1, 2, 3, 16, 33, 100}) {
    SCOPED_TRACE(testing::Message() << type << " " << n);
    Matrix<T> a(n, n, 2), values(1, n);
    a.fillRandom(n);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < i; ++j)
        a(i, j) = a(j, i);
    Matrix<T> q = a;
    ASSERT_EQ(module.run("eigh__kernel", {q.view(), values.view()}, {}, 2), 0);
    double tolerance = 20 * (n + 1) * std::numeric_limits<T>::epsilon();
    for (int64_t k = 0; k < n; ++k) {
      if (k > 0)
        EXPECT_LE(values(k - 1), values(k));
      for (int64_t i = 0; i < n; ++i) {
        double image = 0, product = 0;
        for (int64_t j = 0; j < n; ++j) {
          image += double(a(i, j)) * q(k, j);
          product += double(q(k, j)) * q(i, j);
        }
        EXPECT_NEAR(image, double(values(k)) * q(k, i), tolerance);
        EXPECT_NEAR(product, k == i, tolerance);
      }
    }
  }
}

TEST(Eigh, Float32) { check<float>("f32"); }
TEST(Eigh, Float64) { check<double>("f64"); }

TEST(Eigh, RefusesWhatIsNotFinite) {
  CompiledModule module(replaceAll(text, "TYPE", "f64"), "native",
                        {"eigh__kernel"});
  ASSERT_FALSE(HasFailure());
  for (double value : {std::numeric_limits<double>::quiet_NaN(),
                       std::numeric_limits<double>::infinity()}) {
    Matrix<double> a(20, 20), values(1, 20);
    a.fillRandom(1);
    a(3, 4) = a(4, 3) = value;
    EXPECT_EQ(module.run("eigh__kernel", {a.view(), values.view()}, {}, 1), 3);
  }
}
