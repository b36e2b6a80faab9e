//===- MoveTest.cpp - transposes and copies -------------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"
#include "gtest/gtest.h"

using namespace steepest::test;

static const char *const text = R"(
!matrix = memref<?x?xTYPE, strided<[?, 1], offset: ?>>
func.func @move(%a: !matrix, %b: !matrix, %c: !matrix, %u: memref<?xTYPE>,
                %v: memref<?xTYPE>, %workspace: memref<?xi8>) -> i32
    attributes {kernel.entry} {
  kernel.transpose %a into %b : !matrix, !matrix
  kernel.copy %a into %c : !matrix, !matrix
  kernel.copy %u into %v : memref<?xTYPE>, memref<?xTYPE>
  %status = arith.constant 0 : i32
  return %status : i32
}
)";

template <typename T>
static void check(const std::string &cpu, const char *type) {
  if (!isRunnable(cpu))
    GTEST_SKIP() << "this machine does not run code for " << cpu;
  SCOPED_TRACE(cpu + " " + type);
  CompiledModule module(replaceAll(text, "TYPE", type), cpu, {"move__kernel"});
  ASSERT_FALSE(testing::Test::HasFailure());
  for (int64_t rows : {0, 1, 15, 16, 17, 130, 300})
    for (int64_t cols : {0, 1, 7, 16, 33, 129}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << cols);
      Matrix<T> a(rows, cols, 1), b(cols, rows, 2), c(rows, cols, 4);
      Matrix<T> u(1, cols), v(1, cols);
      a.fillRandom(1);
      u.fillRandom(2);
      ASSERT_EQ(module.run("move__kernel",
                           {a.view(), b.view(), c.view(), u.view(), v.view()},
                           {}, 2),
                0);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < cols; ++j) {
          ASSERT_EQ(b(j, i), a(i, j));
          ASSERT_EQ(c(i, j), a(i, j));
        }
      for (int64_t j = 0; j < cols; ++j)
        ASSERT_EQ(v(j), u(j));
      EXPECT_TRUE(b.isIntact() && c.isIntact() && v.isIntact());
    }
}

TEST(Move, Float32OnThisMachine) { check<float>("native", "f32"); }
TEST(Move, Float64OnThisMachine) { check<double>("native", "f64"); }
TEST(Move, Float32On256Bits) { check<float>("x86-64-v3", "f32"); }
TEST(Move, Float32On128Bits) { check<float>("x86-64", "f32"); }
