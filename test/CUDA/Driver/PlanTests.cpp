//===- PlanTests.cpp - plans on the mock driver, and refusals -------------===//

#include "Fixture.h"

using namespace cuda_test;

namespace {

class CudaPlan : public CudaRuntime {};

/// What a block can have is no single number, and what the kernel declares by
/// name (2 KB, says the mock) is taken from it.
TEST_F(CudaPlan, SharedMemoryIsWhatTheGpuHas) {
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

TEST_F(CudaPlan, MissingDriver) {
  EXPECT_EQ(createPlan("/nowhere/libcuda.so.1"), STEEPEST_NO_DRIVER);
  EXPECT_EQ(log.text,
            "cannot load the driver of the GPU, '/nowhere/libcuda.so.1'");
  EXPECT_EQ(plan, nullptr);
}

TEST_F(CudaPlan, OldDriver) {
  settings.version = 11080;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_NO_DRIVER);
  EXPECT_EQ(log.text, "the driver of the GPU is for CUDA 11.8, expected 12.0 "
                      "or later");
}

TEST_F(CudaPlan, NoContext) {
  settings.hasContext = 0;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_DRIVER_ERROR);
  EXPECT_EQ(log.text, "this thread has no current context of a GPU");
}

TEST_F(CudaPlan, UnsupportedGpu) {
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

TEST_F(CudaPlan, OutOfMemory) {
  settings.failing = "cuLibraryLoadData";
  settings.result = 2;
  configure();
  EXPECT_EQ(createPlan(), STEEPEST_OUT_OF_MEMORY);
  EXPECT_EQ(log.text, "cannot load the device code: out of memory (error 2 of "
                      "the driver)");
}

TEST_F(CudaPlan, StickyError) {
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

/// Preparing a workspace, each refusal with its sentence.
TEST_F(CudaPlan, PreparesNothing) {
  Problem problem(1, 8, 8);
  steepest_arguments arguments = problem.arguments();
  void *workspace = arguments.workspace;
  EXPECT_EQ(prepare(workspace, arguments.workspace_bytes),
            STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(log.text, "the plan is null");

  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  mock_take_calls();
  EXPECT_EQ(prepare(nullptr, arguments.workspace_bytes),
            STEEPEST_NULL_ARGUMENT);
  EXPECT_EQ(log.text, "the workspace is null, expected 16384 bytes or more");
  EXPECT_EQ(prepare(workspace, 16383), STEEPEST_SHORT_WORKSPACE);
  EXPECT_EQ(log.text, "the workspace has 16383 bytes, expected 16384 or more");
  EXPECT_STREQ(mock_take_calls(), "");
  EXPECT_EQ(prepare(workspace, 16384), STEEPEST_OK) << log.text;

  // Null is nobody who would listen.
  EXPECT_EQ(optimizer()->prepare(plan, nullptr, 0, nullptr, nullptr),
            STEEPEST_NULL_ARGUMENT);
}

TEST_F(CudaPlan, PreparesAfterAStickyError) {
  ASSERT_EQ(createPlan(), STEEPEST_OK) << log.text;
  Problem problem(1, 8, 8);
  steepest_arguments arguments = problem.arguments();
  const struct {
    int result;
    steepest_status status;
    const char *text;
  } errors[] = {{719, STEEPEST_DRIVER_ERROR,
                 "cannot prepare the workspace: unspecified launch failure "
                 "(error 719 of the driver)"},
                {2, STEEPEST_OUT_OF_MEMORY,
                 "cannot prepare the workspace: out of memory (error 2 of the "
                 "driver)"}};
  settings.failing = "cuMemsetD2D32Async";
  for (const auto &error : errors) {
    settings.result = error.result;
    configure();
    EXPECT_EQ(prepare(arguments.workspace, arguments.workspace_bytes),
              error.status);
    EXPECT_EQ(log.text, error.text);
  }
}

TEST_F(CudaPlan, ContextWithoutPlan) {
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

} // namespace
