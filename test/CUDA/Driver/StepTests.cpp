//===- StepTests.cpp - single steps on the mock driver --------------------===//

#include "Fixture.h"

#include <cstring>
#include <limits>

using namespace cuda_test;

namespace {

class CudaStep : public CudaRuntime {};

TEST_F(CudaStep, StepIsOneLaunchAndNothingElse) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 120, 100);
  steepest_arguments arguments = problem.arguments();
  ASSERT_EQ(step(problem, arguments), STEEPEST_OK) << log.text;
  EXPECT_STREQ(mock_take_calls(), "cuLaunchKernelEx");
  EXPECT_EQ(problem.statuses[0], STEEPEST_OK);
  EXPECT_GT(problem.certificates[0].value, 0);
}

TEST_F(CudaStep, InitFillsStates) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(2, 5, 3);
  steepest_arguments arguments = problem.arguments();
  launch = {plan, nullptr, nullptr, nullptr};
  steepest_context_init_cuda(&context, &launch);
  const steepest_optimizer &base = optimizer()->base;
  ASSERT_EQ(base.init(&base, &context, arguments.tensors, 6), STEEPEST_OK);
  for (int state = 2; state < 6; ++state)
    for (float value : problem.memory[state])
      EXPECT_EQ(value, float(base.tensors[state].initial_value));
}

/// The same bits for every number of blocks and teams, and order of threads.
TEST_F(CudaStep, BitsDependOnNothingElse) {
  std::vector<std::vector<float>> expected;
  for (int processors : {1, 2, 3, 7})
    for (int32_t teams : {1, 3}) {
      settings.processors = processors;
      settings.seed = processors * 10 + teams;
      configure();
      ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
      Problem problem(3, 90, 101);
      steepest_arguments arguments = problem.arguments(teams);
      ASSERT_EQ(step(problem, arguments), STEEPEST_OK) << log.text;
      for (int32_t status : problem.statuses)
        EXPECT_EQ(status, STEEPEST_OK);
      if (expected.empty())
        expected = problem.memory;
      for (int i = 0; i < Problem::numTensors; ++i)
        EXPECT_EQ(memcmp(expected[i].data(), problem.memory[i].data(),
                         expected[i].size() * sizeof(float)),
                  0)
            << "tensor " << i << ", " << processors << " processors, " << teams
            << " teams";
      optimizer()->destroy_plan(plan);
      plan = nullptr;
    }
}

/// The device decides; the other problem of the batch steps.
TEST_F(CudaStep, NonfiniteGradientWritesNothing) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(2, 64, 80);
  problem.memory[1][64 * 80 + 17] = std::numeric_limits<float>::infinity();
  std::vector<float> before = problem.memory[0];
  steepest_arguments arguments = problem.arguments(2);
  ASSERT_EQ(step(problem, arguments), STEEPEST_OK) << log.text;
  EXPECT_EQ(problem.statuses[0], STEEPEST_OK);
  EXPECT_EQ(problem.statuses[1], STEEPEST_NONFINITE);
  EXPECT_NE(problem.memory[0][5], before[5]);
  for (size_t i = 64 * 80; i < before.size(); ++i)
    ASSERT_EQ(problem.memory[0][i], before[i]);
  EXPECT_EQ(problem.memory[4][1],
            float(optimizer()->base.tensors[4].initial_value));
}

/// As a captured graph would: the launch is the same, the number is another.
TEST_F(CudaStep, HypersAreReadOnTheDevice) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  const steepest_optimizer &base = optimizer()->base;
  std::vector<double> hypers;
  for (int32_t i = 0; i < base.num_hypers; ++i)
    hypers.push_back(base.hypers[i].default_value);
  Problem first(1, 8, 8), second(1, 8, 8), third(1, 8, 8);
  steepest_arguments arguments = first.arguments();
  ASSERT_EQ(step(first, arguments), STEEPEST_OK);
  arguments = second.arguments();
  ASSERT_EQ(step(second, arguments, true, hypers.data()), STEEPEST_OK);
  EXPECT_EQ(first.memory[0], second.memory[0]);
  hypers[0] *= 2;
  arguments = third.arguments();
  ASSERT_EQ(step(third, arguments, true, hypers.data()), STEEPEST_OK);
  EXPECT_NE(first.memory[0], third.memory[0]);
}

/// Blocks that would meet by what happens to be in memory do not begin.
TEST_F(CudaStep, UnpreparedWorkspaceIsRefusedOnTheDevice) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 120, 100);
  steepest_arguments arguments = problem.arguments();
  std::vector<float> before = problem.memory[0];
  memset(arguments.workspace, 0x5a, arguments.workspace_bytes);
  ASSERT_EQ(step(problem, arguments, /*prepares=*/false), STEEPEST_OK);
  EXPECT_EQ(problem.statuses[0], STEEPEST_UNPREPARED);
  EXPECT_EQ(problem.memory[0], before);
}

TEST_F(CudaStep, NothingIsLaunchedBeforeArgumentsAreChecked) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 8, 8);
  steepest_arguments arguments = problem.arguments();
  arguments.workspace_bytes -= 64;
  EXPECT_EQ(step(problem, arguments), STEEPEST_SHORT_WORKSPACE);
  EXPECT_STREQ(mock_take_calls(), "");
  arguments = problem.arguments();
  problem.tensors[1].shape[2] = 7;
  const steepest_optimizer &base = optimizer()->base;
  EXPECT_EQ(base.step(&base, &context, &arguments), STEEPEST_BAD_SHAPE);
  EXPECT_STREQ(mock_take_calls(), "");
}

} // namespace
