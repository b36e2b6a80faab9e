//===- InitTest.cpp - initial values of states ----------------------------===//

#include "Optimizers.h"
#include "Problem.h"

#include <gtest/gtest.h>

TEST(InitTest, EveryKind) {
  for (int64_t batch : {-1, 2})
    for (int64_t padding : {0, 2}) {
      Problem problem(variety(), 3, 4, batch, padding);
      auto before = problem.tensorBytes();
      ASSERT_EQ(problem.init(), STEEPEST_OK);
      for (int64_t index = 0; index < (batch < 0 ? 1 : batch); ++index) {
        for (int64_t row = 0; row < 3; ++row)
          for (int64_t col = 0; col < 3; ++col)
            EXPECT_EQ(problem.get(2, index, row, col), row == col);
        for (int64_t row = 0; row < 4; ++row)
          for (int64_t col = 0; col < 4; ++col)
            EXPECT_EQ(problem.get(3, index, row, col), row == col);
        for (int64_t col = 0; col < 3; ++col)
          EXPECT_EQ(problem.get(4, index, 0, col), 0.5);
        EXPECT_EQ(problem.get(5, index, 1, 2), 0.1);
        for (int64_t row = 0; row < 3; ++row)
          for (int64_t col = 0; col < 4; ++col)
            EXPECT_EQ(problem.get(6, index, row, col),
                      problem.get(0, index, row, col));
        EXPECT_EQ(problem.get(7, index, 0, 0), 0);
      }
      auto after = problem.tensorBytes();
      EXPECT_EQ(after[0], before[0]);
      EXPECT_EQ(after[1], before[1]);
    }
}

TEST(InitTest, NothingBetweenTheRowsIsWritten) {
  Problem problem(variety(), 3, 4, -1, 2);
  for (int index = 2; index < 7; ++index)
    for (int64_t row = 0; row < 2 && index != 4; ++row) {
      int64_t cols = problem.tensors[index].shape[1];
      problem.set(index, 0, row, cols, 42);
      problem.set(index, 0, row, cols + 1, 43);
    }
  ASSERT_EQ(problem.init(), STEEPEST_OK);
  for (int index = 2; index < 7; ++index)
    for (int64_t row = 0; row < 2 && index != 4; ++row) {
      int64_t cols = problem.tensors[index].shape[1];
      EXPECT_EQ(problem.get(index, 0, row, cols), 42);
      EXPECT_EQ(problem.get(index, 0, row, cols + 1), 43);
    }
}

TEST(InitTest, GradientsMayBeMissing) {
  Problem problem(momentum(), 3, 4);
  problem.tensors[1] = {};
  ASSERT_EQ(problem.init(), STEEPEST_OK);
  EXPECT_EQ(problem.get(2, 0, 2, 3), 0);
  // Neither is written, so they may be one buffer.
  problem.set(2, 0, 2, 3, 1);
  problem.tensors[1] = problem.tensors[0];
  ASSERT_EQ(problem.init(), STEEPEST_OK);
  EXPECT_EQ(problem.get(2, 0, 2, 3), 0);
}

TEST(InitTest, EmptyParametersLeaveTheRest) {
  Problem problem(variety(), 0, 4);
  problem.tensors[0].data = nullptr;
  ASSERT_EQ(problem.init(), STEEPEST_OK);
  EXPECT_EQ(problem.get(7, 0, 0, 0), 0);
}

TEST(InitTest, Refusals) {
  Problem problem(momentum(), 3, 4);
  auto before = problem.snapshot();
  auto expect = [&](steepest_status status, const char *message) {
    EXPECT_EQ(problem.init(), status);
    EXPECT_EQ(problem.messages.back().second, message);
    EXPECT_EQ(problem.snapshot(), before);
  };
  std::vector<steepest_tensor> good = problem.tensors;
  problem.tensors[2].shape[0] = 4;
  expect(STEEPEST_BAD_SHAPE,
         "tensor 'm' has shape 4x4, expected 3x4 like parameter 'w'");
  problem.tensors = good;
  problem.tensors[2].data = problem.tensors[0].data;
  expect(STEEPEST_OVERLAP, "parameter 'w' and state 'm' overlap in memory");
  problem.tensors = good;
  problem.tensors[2].data = nullptr;
  expect(STEEPEST_NULL_ARGUMENT, "state 'm' has null data");
  problem.tensors = good;
  problem.tensors.pop_back();
  expect(STEEPEST_BAD_COUNT, "got 2 tensors, expected 3");

  steepest_tensor_info infos[8];
  std::copy(variety()->tensors, variety()->tensors + 8, infos);
  infos[2].initial = STEEPEST_INITIAL_PARAMETER;
  steepest_optimizer optimizer = *variety();
  optimizer.tensors = infos;
  Problem odd(&optimizer, 3, 4);
  before = odd.snapshot();
  EXPECT_EQ(odd.init(), STEEPEST_BAD_SHAPE);
  EXPECT_EQ(odd.messages.back().second,
            "state 'left' begins as a copy of parameter 'w', expected the same "
            "shape");
  EXPECT_EQ(odd.snapshot(), before);
}
