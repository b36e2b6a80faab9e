//===- ListTests.cpp - lists of steps on the mock driver ------------------===//

#include "Fixture.h"

#include <algorithm>
#include <cstring>

using namespace cuda_test;

namespace {

/// Tensors of several sizes, stepped as one list and one by one.
class CudaList : public CudaRuntime {
protected:
  void SetUp() override {
    CudaRuntime::SetUp();
    ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
    const int64_t shapes[][3] = {
        {1, 90, 101}, {1, 1, 7}, {3, 5, 8},   {1, 64, 80},  {1, 0, 4},
        {2, 30, 33},  {1, 1, 1}, {1, 17, 17}, {1, 90, 101}, {1, 2, 3},
        {1, 8, 8},    {1, 8, 9}, {1, 8, 10},  {1, 8, 11},   {1, 8, 12}};
    for (const auto &shape : shapes) {
      alone.emplace_back(shape[0], shape[1], shape[2]);
      listed.emplace_back(shape[0], shape[1], shape[2]);
    }
    for (size_t i = 0; i < alone.size(); ++i) {
      steepest_arguments arguments = alone[i].arguments();
      ASSERT_EQ(step(alone[i], arguments), STEEPEST_OK) << log.text;
      tasks.push_back({&optimizer()->base, listed[i].arguments(), STEEPEST_OK});
      numProblems += listed[i].batch;
    }
    mock_take_calls();
    statuses.assign(numProblems, -1);
  }

  /// The first states, a workspace for as many teams, and a step of the list.
  steepest_status stepMany(int32_t teams, const double *hypers = nullptr) {
    launch = {plan, nullptr, statuses.data(), hypers};
    steepest_context_init_cuda(&context, &launch);
    context.log = log.get().log;
    context.log_user = &log;
    const steepest_optimizer &base = optimizer()->base;
    for (steepest_task &task : tasks)
      if (task.arguments.tensors)
        EXPECT_EQ(base.init(&base, &context, task.arguments.tensors,
                            task.arguments.num_tensors),
                  STEEPEST_OK);
    int64_t bytes = optimizer()->step_many_bytes(optimizer(), tasks.data(),
                                                 int64_t(tasks.size()), teams);
    workspace.assign(size_t(std::max<int64_t>(bytes, 1 << 16)) / 64 + 1, {});
    EXPECT_EQ(prepare(workspace.data(), workspace.size() * 64), STEEPEST_OK)
        << log.text;
    mock_take_calls();
    return optimizer()->step_many(
        optimizer(), &context, tasks.data(), int64_t(tasks.size()),
        workspace.data(), bytes > 0 ? size_t(bytes) : workspace.size() * 64);
  }

  void expectSame(size_t i) {
    for (int tensor = 0; tensor < Problem::numTensors; ++tensor) {
      const auto &expected = alone[i].memory[tensor];
      // An empty one has no memory to compare.
      EXPECT_TRUE(expected.empty() ||
                  memcmp(expected.data(), listed[i].memory[tensor].data(),
                         expected.size() * sizeof(float)) == 0)
          << "task " << i << ", tensor " << tensor;
    }
  }

  std::vector<Problem> alone, listed;
  std::vector<steepest_task> tasks;
  std::vector<Problem::Line> workspace;
  std::vector<int32_t> statuses;
  int64_t numProblems = 0;
};

/// Fifteen tasks of AdamW, of which one is empty, are two launches.
TEST_F(CudaList, IsFewLaunchesAndTheSameBits) {
  for (int processors : {1, 4, 9})
    for (int32_t teams : {1, 2, 100}) {
      settings.processors = processors;
      settings.seed = uint64_t(processors + teams);
      configure();
      optimizer()->destroy_plan(plan);
      ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
      for (Problem &problem : listed)
        problem.reset();
      ASSERT_EQ(stepMany(teams), STEEPEST_OK) << log.text;
      EXPECT_STREQ(mock_take_calls(), "cuLaunchKernelEx,cuLaunchKernelEx");
      for (size_t i = 0; i < listed.size(); ++i) {
        EXPECT_EQ(tasks[i].status, STEEPEST_OK);
        expectSame(i);
      }
      int64_t problem = 0;
      for (size_t i = 0; i < listed.size(); ++i)
        for (int64_t k = 0; k < listed[i].batch; ++k, ++problem)
          if (listed[i].memory[0].size())
            EXPECT_EQ(statuses[problem], STEEPEST_OK) << problem;
      for (const steepest_certificate &certificate : listed[2].certificates)
        EXPECT_GT(certificate.value, 0);
    }
}

/// Each task has its own; a replayed graph reads them anew.
TEST_F(CudaList, HypersOfEachTaskAreReadOnTheDevice) {
  const steepest_optimizer &base = optimizer()->base;
  std::vector<double> hypers;
  for (size_t i = 0; i < tasks.size(); ++i)
    for (int32_t k = 0; k < base.num_hypers; ++k)
      hypers.push_back(base.hypers[k].default_value *
                       (i == 3 && k == 0 ? 2 : 1));
  ASSERT_EQ(stepMany(4, hypers.data()), STEEPEST_OK) << log.text;
  for (size_t i = 0; i < tasks.size(); ++i)
    if (i != 3)
      expectSame(i);
  EXPECT_NE(listed[3].memory[0], alone[3].memory[0]);
}

/// A task that is refused is alone in that.
TEST_F(CudaList, RefusedTaskLeavesTheOthers) {
  std::vector<float> before = listed[3].memory[0];
  steepest_task whole = tasks[3];
  tasks[3].arguments.tensors = nullptr;
  EXPECT_EQ(stepMany(4), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(tasks[3].status, STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(log.text.rfind("task 3: ", 0), 0u) << log.text;
  EXPECT_EQ(listed[3].memory[0], before);
  for (size_t i = 0; i < tasks.size(); ++i)
    if (i != 3) {
      EXPECT_EQ(tasks[i].status, STEEPEST_OK);
      expectSame(i);
    }
  tasks[3] = whole;
}

TEST_F(CudaList, ShortWorkspaceIsRefusedBeforeAnyLaunch) {
  ASSERT_EQ(stepMany(1), STEEPEST_OK);
  mock_take_calls();
  int64_t bytes = optimizer()->step_many_bytes(optimizer(), tasks.data(),
                                               int64_t(tasks.size()), 1);
  EXPECT_EQ(optimizer()->step_many(optimizer(), &context, tasks.data(),
                                   int64_t(tasks.size()), workspace.data(),
                                   size_t(bytes) - 256),
            STEEPEST_SHORT_WORKSPACE);
  EXPECT_STREQ(mock_take_calls(), "");
  for (const steepest_task &task : tasks)
    EXPECT_EQ(task.status, STEEPEST_SHORT_WORKSPACE);
}

/// One that ends in an error is told to all that were not launched.
TEST_F(CudaList, LaunchError) {
  settings.failing = "cuLaunchKernelEx";
  settings.result = 719;
  configure();
  EXPECT_EQ(stepMany(4), STEEPEST_DRIVER_ERROR);
  EXPECT_STREQ(mock_take_calls(), "cuLaunchKernelEx");
}

} // namespace
