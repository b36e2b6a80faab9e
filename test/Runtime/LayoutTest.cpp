//===- LayoutTest.cpp - sizes of workspaces -------------------------------===//

#include "Optimizers.h"
#include "Problem.h"

#include <gtest/gtest.h>

TEST(WorkspaceTest, ParametersSuffice) {
  Problem problem(variety(), 3, 4);
  int64_t bytes = problem.arguments.workspace_bytes;
  EXPECT_GT(bytes, 0);
  EXPECT_EQ(bytes % STEEPEST_WORKSPACE_ALIGNMENT, 0);
  steepest_tensor tensors[8] = {};
  tensors[0] = problem.tensors[0];
  tensors[0].data = nullptr;
  EXPECT_EQ(steepest_workspace_bytes(variety(), tensors, 8, 1), bytes);
}

TEST(WorkspaceTest, KernelSeesAllExtents) {
  steepest_optimizer optimizer = *variety();
  static std::vector<int64_t> seen;
  optimizer.kernel_workspace_bytes = [](const int64_t *dims, int64_t threads) {
    seen.assign(dims, dims + 16);
    seen.push_back(threads);
    return int64_t(0);
  };
  for (int64_t batch : {-1, 2}) {
    Problem problem(&optimizer, 3, 4, batch);
    EXPECT_EQ(seen, (std::vector<int64_t>{3, 4, 3, 4, 3, 3, 4, 4, 1, 3, 2, 3, 3,
                                          4, 1, 1, 1}));
  }
}

TEST(WorkspaceTest, OneSlicePerThread) {
  auto bytes = [](int64_t batch, int32_t threads) {
    return int64_t(Problem(momentum(), 64, 64, batch, 0, threads)
                       .arguments.workspace_bytes);
  };
  int64_t one = bytes(-1, 1);
  EXPECT_EQ(bytes(1, 1), one);
  EXPECT_EQ(bytes(100, 1), one);
  // Too few problems for one per thread.
  EXPECT_EQ(bytes(3, 4), one);
  EXPECT_GT(bytes(4, 4), 3 * one);
  EXPECT_LE(bytes(4, 4), 4 * one);
  EXPECT_EQ(bytes(100, 4), bytes(4, 4));
}

TEST(WorkspaceTest, BadShapes) {
  Problem problem(momentum(), 3, 4);
  auto bytes = [&](int32_t numTensors = 3, int32_t threads = 1) {
    return steepest_workspace_bytes(momentum(), problem.tensors.data(),
                                    numTensors, threads);
  };
  EXPECT_GT(bytes(), 0);
  EXPECT_EQ(bytes(2), -1);
  EXPECT_EQ(bytes(3, 0), -1);
  EXPECT_EQ(steepest_workspace_bytes(nullptr, problem.tensors.data(), 3, 1),
            -1);
  EXPECT_EQ(steepest_workspace_bytes(momentum(), nullptr, 3, 1), -1);
  problem.tensors[0].rank = 1;
  EXPECT_EQ(bytes(), -1);
  problem.tensors[0].rank = 2;
  problem.tensors[0].shape[1] = -4;
  EXPECT_EQ(bytes(), -1);
  problem.tensors[0].shape[1] = 0;
  EXPECT_EQ(bytes(), 0);
  steepest_optimizer optimizer = *momentum();
  optimizer.features = "warp9";
  EXPECT_EQ(steepest_workspace_bytes(&optimizer, problem.tensors.data(), 3, 1),
            -1);
}
