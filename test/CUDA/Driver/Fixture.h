//===- Fixture.h - an optimizer on the mock driver --------------*- C++ -*-===//

#ifndef STEEPEST_TEST_CUDA_DRIVER_FIXTURE_H
#define STEEPEST_TEST_CUDA_DRIVER_FIXTURE_H

#include "CUDA/Plan.h"
#include "CUDA/steepest_cuda.h"
#include "Mock.h"

#include <cmath>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace cuda_test {

/// AdamW, compiled for the model of an SM.
inline const steepest_cuda_optimizer *optimizer() {
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

  steepest_status prepare(void *workspace, size_t bytes) {
    steepest_cuda_log refusals = log.get();
    return optimizer()->prepare(plan, workspace, bytes, nullptr, &refusals);
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
      EXPECT_EQ(prepare(arguments.workspace, arguments.workspace_bytes),
                STEEPEST_OK)
          << log.text;
    mock_take_calls();
    return base.step(&base, &context, &arguments);
  }

  MockSettings settings;
  Log log;
  steepest_cuda_plan *plan = nullptr;
  steepest_cuda_launch launch;
  steepest_context context;
};

} // namespace cuda_test

#endif // STEEPEST_TEST_CUDA_DRIVER_FIXTURE_H
