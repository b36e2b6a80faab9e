//===- trainer.cpp - a trainer that includes a step as CUDA C++ -----------===//
//
// Steps AdamW as `--emit=cu` writes it (STEP) by its own launcher, and compares
// with the formula. The CUDA runtime's functions are those of the mock driver,
// which checks launches and runs them on the CPU model of an SM.
//
//===----------------------------------------------------------------------===//

#include STEP

#include "CUDA/Driver.h"
#include "Driver/Mock.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

using namespace steepest::runtime::cuda;
using steepest_adamw::Arguments;
using steepest_adamw::Entry;

//===----------------------------------------------------------------------===//
// The CUDA runtime
//===----------------------------------------------------------------------===//

extern "C" {
int cuDeviceGetAttribute(int *value, int attribute, int device);
int cuLibraryLoadData(Handle *library, const void *image, int *, void **,
                      unsigned, int *, void **, unsigned);
int cuLaunchKernelEx(const LaunchConfig *config, Handle kernel,
                     void **parameters, void **extra);
}

static int launches = 0;
static bool wasCooperative = false;

static void runThread(const void *arguments) {
  adamw__step(*static_cast<const Arguments *>(arguments));
}

static cudaError_t launch(const void *kernel, dim3 grid, dim3 block,
                          void **arguments, size_t sharedBytes,
                          bool cooperative) {
  if (kernel != reinterpret_cast<const void *>(&adamw__step))
    return cudaErrorInvalidValue;
  Handle handle = nullptr;
  cuLibraryLoadData(&handle, reinterpret_cast<const void *>(&runThread),
                    nullptr, nullptr, 0, nullptr, nullptr, 0);
  LaunchAttribute attribute = {};
  attribute.id = cooperativeAttribute;
  attribute.value = 1;
  LaunchConfig config = {};
  config.gridX = grid.x;
  config.gridY = grid.y;
  config.gridZ = grid.z;
  config.blockX = block.x;
  config.blockY = block.y;
  config.blockZ = block.z;
  config.sharedBytes = unsigned(sharedBytes);
  config.attributes = &attribute;
  config.numAttributes = cooperative;
  ++launches;
  wasCooperative = cooperative;
  return cudaError_t(cuLaunchKernelEx(&config, handle, arguments, nullptr));
}

cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute,
                                   int device) {
  return cudaError_t(cuDeviceGetAttribute(value, attribute, device));
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes,
                                  const void *) {
  attributes->sharedSizeBytes = 96;
  return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int) {
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                          const void *, int,
                                                          size_t) {
  *blocks = 1;
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                            cudaMemcpyKind, cudaStream_t) {
  memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block,
                             void **arguments, size_t sharedBytes,
                             cudaStream_t) {
  return launch(kernel, grid, block, arguments, sharedBytes, false);
}
cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 grid,
                                        dim3 block, void **arguments,
                                        size_t sharedBytes, cudaStream_t) {
  return launch(kernel, grid, block, arguments, sharedBytes, true);
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

static int failures = 0;
static void expect(bool holds, const char *what) {
  if (holds)
    return;
  printf("does not hold: %s\n", what);
  ++failures;
}

/// A batch of matrices, with rows and problems further apart than they need.
struct Parameter {
  int64_t batch, rows, cols, stride;
  std::vector<float> w, g, m, v, power1, power2;

  Parameter(int64_t batch, int64_t rows, int64_t cols, int64_t stride)
      : batch(batch), rows(rows), cols(cols), stride(stride),
        w(size_t(batch * rows * stride), -7), g(w), m(w), v(w),
        power1(size_t(batch), 0.9f), power2(size_t(batch), 0.999f) {
    unsigned random = 1;
    auto next = [&] {
      random = random * 1664525 + 1013904223;
      return float(random >> 8) / float(1 << 24) - 0.5f;
    };
    for (int64_t row = 0; row < batch * rows; ++row)
      for (int64_t column = 0; column < cols; ++column) {
        size_t at = size_t(row * stride + column);
        w[at] = next();
        g[at] = next();
        m[at] = next();
        v[at] = next() + 0.6f;
      }
  }

  Entry entry(std::vector<int32_t> &statuses) {
    statuses.assign(size_t(batch), -1);
    Entry entry;
    entry.end = batch;
    entry.statuses = statuses.data();
    auto view = [&](std::vector<float> &data) {
      return steepest::sm::StepTensor{data.data(), rows, cols, stride,
                                      rows * stride};
    };
    entry.tensors.w = view(w);
    entry.tensors.g = view(g);
    entry.tensors.m = view(m);
    entry.tensors.v = view(v);
    entry.tensors.power1 = {power1.data(), 1, 1, 1, 1};
    entry.tensors.power2 = {power2.data(), 1, 1, 1, 1};
    return entry;
  }

  /// Whether this is what a step makes of `before`.
  bool follows(const Parameter &before, double lr) const {
    double worst = 0;
    for (size_t at = 0; at < w.size(); ++at) {
      if (int64_t(at) % stride >= cols) {
        if (w[at] != -7 || m[at] != -7 || v[at] != -7)
          return false;
        continue;
      }
      double b1 = 0.9f, b2 = 0.999f, gradient = before.g[at];
      double m1 = b1 * before.m[at] + (1 - b1) * gradient;
      double v1 = b2 * before.v[at] + (1 - b2) * gradient * gradient;
      double d = m1 / (1 - 0.9f * b1) / (sqrt(v1 / (1 - 0.999f * b2)) + 1e-8);
      double w1 = before.w[at] * (1 - lr * 0.01) - lr * d;
      // The bias corrections cancel some bits of the powers.
      worst = std::fmax(worst, fabs(w[at] - w1) / 1e-5);
      worst = std::fmax(worst, fabs(m[at] - m1) / 1e-6);
      worst = std::fmax(worst, fabs(v[at] - v1) / 1e-6);
    }
    return worst < 1;
  }
};

int main() {
  steepest::sm::StepPlan plan;
  expect(steepest_adamw::plan(&plan) == cudaSuccess, "a plan is made");
  expect(plan.residentBlocks == 4 && plan.cooperative, "of four processors");

  Parameter large(1, 150, 130, 133), small(3, 5, 8, 8);
  Parameter largeBefore = large, smallBefore = small;
  std::vector<int32_t> statuses[2];
  double rates[] = {0.01, 0.9, 0.999, 1e-8, 0.01};
  Entry entries[2] = {large.entry(statuses[0]), small.entry(statuses[1])};
  entries[0].hypers.lr = 0.1;
  entries[1].device_hypers = rates;
  size_t bytes = steepest_adamw::workspace_bytes(entries, 2, 2);
  expect(bytes > 0, "there is a size");
  std::vector<char> memory(bytes + 256);
  void *workspace = reinterpret_cast<void *>(
      (reinterpret_cast<uintptr_t>(memory.data()) + 255) / 256 * 256);
  auto step = [&](int64_t count, size_t given) {
    return steepest_adamw::launch(plan, entries, count, workspace, given,
                                  nullptr);
  };

  expect(steepest_adamw::prepare(workspace, nullptr) == cudaSuccess,
         "a workspace is prepared");
  expect(step(2, bytes) == cudaSuccess && launches == 1, "a step is a launch");
  expect(statuses[0][0] == 0 && statuses[1][0] == 0 && statuses[1][2] == 0,
         "it ends well");
  expect(large.follows(largeBefore, 0.1), "AdamW of a large matrix");
  expect(small.follows(smallBefore, 0.01), "AdamW of a batch");

  // A team of several blocks, in memory that nobody has prepared.
  Parameter before = large;
  memset(workspace, 0, 64);
  expect(step(1, bytes) == cudaSuccess && wasCooperative,
         "blocks that meet are launched together");
  expect(statuses[0][0] == 31 && large.w == before.w, "unprepared");
  steepest_adamw::prepare(workspace, nullptr);
  large.g[5] = NAN;
  expect(step(1, bytes) == cudaSuccess, "what is not finite is launched");
  expect(statuses[0][0] != 0 && large.w == before.w && large.m == before.m,
         "and not written");

  // What is refused is not launched.
  launches = 0;
  expect(step(2, bytes / 2) == cudaErrorInvalidValue, "a short workspace");
  expect(step(13, bytes) == cudaErrorInvalidValue, "too many entries");
  entries[1].tensors.g.rows = 4;
  expect(step(2, bytes) == cudaErrorInvalidValue, "a gradient of other rows");
  expect(steepest_adamw::workspace_bytes(entries, 2, 2) == 0, "has no size");
  entries[1].tensors.g.rows = 5;
  entries[1].tensors.power1.cols = 2;
  expect(step(2, bytes) == cudaErrorInvalidValue, "two numbers for one");
  entries[1].tensors.power1.cols = 1;
  entries[1].tensors.v.data = nullptr;
  expect(step(2, bytes) == cudaErrorInvalidValue, "a tensor that is null");
  expect(launches == 0, "nothing is launched");

  const char *error = mock_take_error();
  expect(!*error, error);
  printf(failures ? "%d do not hold\n" : "all holds\n", failures);
  return failures != 0;
}
