//===- RuntimeTests.cpp - the runtime of CUDA against the mock ------------===//

#include "CUDA/Plan.h"
#include "CUDA/steepest_cuda.h"
#include "Mock.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace {

/// AdamW, compiled for the model of an SM.
const steepest_cuda_optimizer *optimizer() {
  static const steepest_cuda_optimizer *found = [] {
    // What it calls of the model is in the mock.
    dlopen(MOCK_DRIVER, RTLD_NOW | RTLD_GLOBAL);
    void *library = dlopen(MODEL_OPTIMIZER, RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library, nullptr) << dlerror();
    using Accessor = const steepest_optimizer *(*)();
    auto accessor =
        reinterpret_cast<Accessor>(dlsym(library, "steepest_adamw"));
    return reinterpret_cast<const steepest_cuda_optimizer *>(accessor());
  }();
  return found;
}

struct Log {
  std::string text;
  steepest_cuda_log get() {
    return {[](void *user, steepest_status, const char *message) {
              static_cast<Log *>(user)->text = message;
            },
            this};
  }
};

/// A batch of AdamW's problems, and what a step needs.
struct Problem {
  static constexpr int numTensors = 6;

  Problem(int64_t batch, int64_t rows, int64_t cols) : batch(batch) {
    for (int i = 0; i < numTensors; ++i) {
      bool isScalar = i >= 4;
      memory.emplace_back(batch * (isScalar ? 1 : rows * cols));
      steepest_tensor view = {};
      view.dtype = STEEPEST_F32;
      if (isScalar) {
        view.rank = 1;
        view.shape[0] = batch;
        view.strides[0] = 1;
      } else {
        view.rank = 3;
        view.shape[0] = batch;
        view.shape[1] = rows;
        view.shape[2] = cols;
        view.strides[0] = rows * cols;
        view.strides[1] = cols;
        view.strides[2] = 1;
      }
      tensors.push_back(view);
    }
    statuses.assign(batch, -1);
    certificates.resize(batch);
    reset();
  }

  void reset() {
    for (int i = 0; i < numTensors; ++i)
      for (size_t k = 0; k < memory[i].size(); ++k)
        memory[i][k] = i < 2 ? std::sin(float(k * (i + 1) % 977)) : 7;
  }

  steepest_arguments arguments(int32_t teams = 1) {
    for (int i = 0; i < numTensors; ++i)
      tensors[i].data = memory[i].data();
    const steepest_optimizer &base = optimizer()->base;
    int64_t bytes =
        base.workspace_bytes(&base, tensors.data(), numTensors, teams);
    EXPECT_GT(bytes, 0);
    workspace.assign(bytes / 64 + 2, {});
    steepest_arguments result = {};
    result.tensors = tensors.data();
    result.num_tensors = numTensors;
    result.workspace = workspace.data();
    result.workspace_bytes = bytes;
    result.certificates = certificates.data();
    return result;
  }

  struct alignas(64) Line {
    char bytes[64];
  };
  int64_t batch;
  std::vector<std::vector<float>> memory;
  std::vector<steepest_tensor> tensors;
  std::vector<Line> workspace;
  std::vector<int32_t> statuses;
  std::vector<steepest_certificate> certificates;
};

class CudaRuntime : public testing::Test {
protected:
  void SetUp() override {
    settings = mock_defaults();
    configure();
    optimizer();
    mock_take_calls();
    mock_take_error();
  }
  void TearDown() override {
    if (plan)
      optimizer()->destroy_plan(plan);
    EXPECT_STREQ(mock_take_error(), "");
  }
  void configure() { mock_configure(&settings); }

  steepest_status createPlan(const char *driver = MOCK_DRIVER,
                             const steepest_cuda_optimizer *self = nullptr) {
    steepest_cuda_log refusals = log.get();
    return optimizer()->create_plan(&plan, self ? self : optimizer(), driver,
                                    &refusals);
  }

  /// The first states, and one step.
  steepest_status step(Problem &problem, const steepest_arguments &arguments,
                       bool prepares = true, const double *hypers = nullptr) {
    launch = {plan, nullptr, problem.statuses.data(), hypers};
    steepest_context_init_cuda(&context, &launch);
    context.log = log.get().log;
    context.log_user = &log;
    const steepest_optimizer &base = optimizer()->base;
    EXPECT_EQ(
        base.init(&base, &context, arguments.tensors, arguments.num_tensors),
        STEEPEST_OK);
    if (prepares)
      EXPECT_EQ(optimizer()->prepare(plan, arguments.workspace,
                                     arguments.workspace_bytes, nullptr),
                STEEPEST_OK);
    mock_take_calls();
    return base.step(&base, &context, &arguments);
  }

  MockSettings settings;
  Log log;
  steepest_cuda_plan *plan = nullptr;
  steepest_cuda_launch launch;
  steepest_context context;
};

TEST_F(CudaRuntime, StepIsOneLaunchAndNothingElse) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 120, 100);
  steepest_arguments arguments = problem.arguments();
  ASSERT_EQ(step(problem, arguments), STEEPEST_OK) << log.text;
  EXPECT_STREQ(mock_take_calls(), "cuLaunchKernelEx");
  EXPECT_EQ(problem.statuses[0], STEEPEST_OK);
  EXPECT_GT(problem.certificates[0].value, 0);
}

TEST_F(CudaRuntime, InitFillsStates) {
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
TEST_F(CudaRuntime, BitsDependOnNothingElse) {
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
TEST_F(CudaRuntime, NonfiniteGradientWritesNothing) {
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
TEST_F(CudaRuntime, HypersAreReadOnTheDevice) {
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
TEST_F(CudaRuntime, UnpreparedWorkspaceIsRefusedOnTheDevice) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 120, 100);
  steepest_arguments arguments = problem.arguments();
  std::vector<float> before = problem.memory[0];
  memset(arguments.workspace, 0x5a, arguments.workspace_bytes);
  ASSERT_EQ(step(problem, arguments, /*prepares=*/false), STEEPEST_OK);
  EXPECT_EQ(problem.statuses[0], STEEPEST_UNPREPARED);
  EXPECT_EQ(problem.memory[0], before);
}

TEST_F(CudaRuntime, NothingIsLaunchedBeforeArgumentsAreChecked) {
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

TEST_F(CudaRuntime, MissingDriver) {
  EXPECT_EQ(createPlan("/nowhere/libcuda.so.1"), STEEPEST_NO_DRIVER);
  EXPECT_EQ(log.text,
            "cannot load the driver of the GPU, '/nowhere/libcuda.so.1'");
  EXPECT_EQ(plan, nullptr);
}

TEST_F(CudaRuntime, OldDriver) {
  settings.version = 11080;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_NO_DRIVER);
  EXPECT_EQ(log.text, "the driver of the GPU is for CUDA 11.8, expected 12.0 "
                      "or later");
}

TEST_F(CudaRuntime, NoContext) {
  settings.hasContext = 0;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_DRIVER_ERROR);
  EXPECT_EQ(log.text, "this thread has no current context of a GPU");
}

TEST_F(CudaRuntime, UnsupportedGpu) {
  steepest_cuda_optimizer other = *optimizer();
  steepest_cuda_image images[] = {{STEEPEST_CUDA_CUBIN, "sm_80", "", 0},
                                  {STEEPEST_CUDA_PTX, "sm_90a", "", 0}};
  other.images = images;
  other.num_images = 2;
  other.base.target = "cuda sm_80,sm_90a";
  settings.major = 12;
  configure();
  EXPECT_EQ(createPlan(MOCK_DRIVER, &other), STEEPEST_UNSUPPORTED_GPU);
  EXPECT_EQ(log.text, "optimizer 'adamw' is compiled for cuda sm_80,sm_90a, "
                      "this GPU is sm_120");
}

/// What a block can have is no single number, and what the kernel declares by
/// name (2 KB, says the mock) is taken from it.
TEST_F(CudaRuntime, SharedMemoryIsWhatTheGpuHas) {
  steepest_cuda_optimizer chains = *optimizer();
  chains.shared_bytes = 36 << 10;
  chains.shared_bytes_90 = 144 << 10;
  chains.most_shared_bytes = 227 << 10;
  steepest_cuda_optimizer products = chains;
  products.most_shared_bytes = 0;
  const struct {
    int major, minor, kilobytes;
  } gpus[] = {{8, 0, 163}, {8, 6, 99},   {8, 7, 163}, {8, 9, 99},
              {9, 0, 227}, {10, 0, 227}, {12, 0, 99}};
  for (const auto &gpu : gpus) {
    settings.major = gpu.major;
    settings.minor = gpu.minor;
    configure();
    ASSERT_EQ(createPlan(MOCK_DRIVER, &chains), STEEPEST_OK) << log.text;
    EXPECT_EQ(plan->sharedBytes, (gpu.kilobytes - 2) << 10);
    optimizer()->destroy_plan(plan);
    ASSERT_EQ(createPlan(MOCK_DRIVER, &products), STEEPEST_OK) << log.text;
    EXPECT_EQ(plan->sharedBytes, (gpu.major == 9 ? 144 : 36) << 10);
    optimizer()->destroy_plan(plan);
    plan = nullptr;
  }
  chains.shared_bytes = 98 << 10;
  EXPECT_EQ(createPlan(MOCK_DRIVER, &chains), STEEPEST_UNSUPPORTED_GPU);
  EXPECT_EQ(log.text, "a block of optimizer 'adamw' needs 102400 bytes of "
                      "shared memory, this GPU has 101376");
}

TEST_F(CudaRuntime, OutOfMemory) {
  settings.failing = "cuLibraryLoadData";
  settings.result = 2;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_OUT_OF_MEMORY);
  EXPECT_EQ(log.text, "cannot load the device code: out of memory (error 2 of "
                      "the driver)");
}

TEST_F(CudaRuntime, StickyError) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 8, 8);
  steepest_arguments arguments = problem.arguments();
  ASSERT_EQ(step(problem, arguments), STEEPEST_OK);
  settings.failing = "cuLaunchKernelEx";
  settings.result = 719;
  configure();
  const steepest_optimizer &base = optimizer()->base;
  EXPECT_EQ(base.step(&base, &context, &arguments), STEEPEST_DRIVER_ERROR);
  EXPECT_EQ(log.text, "cannot launch the step: unspecified launch failure "
                      "(error 719 of the driver)");
}

TEST_F(CudaRuntime, ContextWithoutPlan) {
  steepest_context_init_cuda(&context, nullptr);
  context.log = log.get().log;
  context.log_user = &log;
  Problem problem(1, 8, 8);
  steepest_arguments arguments = problem.arguments();
  const steepest_optimizer &base = optimizer()->base;
  EXPECT_EQ(base.step(&base, &context, &arguments), STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(log.text, "the context has no launch with a plan, expected one of "
                      "steepest_context_init_cuda");
}

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
    EXPECT_EQ(optimizer()->prepare(plan, workspace.data(),
                                   workspace.size() * 64, nullptr),
              STEEPEST_OK);
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
