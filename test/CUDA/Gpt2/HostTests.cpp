//===- HostTests.cpp - what the trainer asks of the driver ----------------===//
//
// On the mock driver: what goes up and comes down, that memory is given back,
// and the messages for what a driver may refuse.
//
//===----------------------------------------------------------------------===//

#include "Trainer.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr gpt2_config config = {
    /*layers=*/2, /*heads=*/2, /*channels=*/6, /*length=*/5, /*batch=*/2};

class Gpt2Host : public testing::Test {
protected:
  void SetUp() override {
    settings = mock_defaults();
    mock_configure(&settings);
    mock_take_calls();
    steepest_context_init_serial(&context);
  }

  /// Opens the GPU with this function failing, and calls it for the first time.
  void open(const char *failing, int result) {
    settings.failing = failing;
    settings.result = result;
    mock_configure(&settings);
    gpt2_device *device = gpu_create(0, &context);
    void *memory = device->memory->allocate(device, 4096);
    device->layers->add(device, static_cast<float *>(memory),
                        static_cast<float *>(memory),
                        static_cast<float *>(memory), 64);
    float value;
    device->memory->read(device, &value, memory, sizeof(value));
  }

  MockSettings settings;
  steepest_context context;
};

/// How often a function has been called since the last time.
struct Calls {
  Calls() {
    std::stringstream stream(mock_take_calls());
    for (std::string name; std::getline(stream, name, ',');)
      names.push_back(name);
  }
  int64_t count(const char *name) const {
    return std::count(names.begin(), names.end(), name);
  }
  std::vector<std::string> names;
};

TEST_F(Gpt2Host, OnlyTokensGoUpAndLossesComeDown) {
  gpt2_device *device = gpu_create(0, &context);
  EXPECT_STREQ(device->name, "cuda:0 (a model of an SM)");
  gpt2_model model;
  gpt2_create(&model, device, &config, 1);
  const std::vector<uint8_t> tokens(10, 65), targets(10, 66);
  Calls creation;
  EXPECT_EQ(creation.count("cuLibraryLoadData"), 1);
  EXPECT_EQ(creation.count("cuLaunchKernel"), 0);

  gpt2_loss(&model, tokens.data(), targets.data());
  Calls forward;
  // An embedding, ten kernels a layer; a normalization, a product, the losses.
  int64_t kernels = 1 + 10 * config.layers + 3;
  EXPECT_EQ(forward.count("cuLaunchKernel"), kernels);
  EXPECT_EQ(forward.count("cuMemcpyHtoD_v2"), 2);
  EXPECT_EQ(forward.count("cuMemcpyDtoH_v2"), 1);
  EXPECT_EQ(forward.count("cuMemAlloc_v2"), 0);

  gpt2_loss_and_gradient(&model, tokens.data(), targets.data());
  Calls both;
  // Of a linear map two products and a sum, of a normalization and of attention
  // two, of the activation one; at the end a product and the embedding.
  kernels += (4 * 3 + 2 * 2 + 2 + 1) * config.layers + 2 + 2 + 1;
  EXPECT_EQ(both.count("cuLaunchKernel"), kernels);
  EXPECT_EQ(both.count("cuMemcpyHtoD_v2"), 2);
  EXPECT_EQ(both.count("cuMemcpyDtoH_v2"), 1);
  EXPECT_EQ(both.count("cuMemAlloc_v2"), 0);

  gpt2_destroy(&model);
  device->destroy(device);
  EXPECT_EQ(mock_allocations(), 0);
  EXPECT_STREQ(mock_take_error(), "");
  Calls end;
  EXPECT_EQ(end.count("cuStreamDestroy_v2"), 1);
  EXPECT_EQ(end.count("cuLibraryUnload"), 1);
  EXPECT_EQ(end.count("cuDevicePrimaryCtxRelease_v2"), 1);
}

TEST_F(Gpt2Host, MemoryIsZero) {
  gpt2_device *device = gpu_create(0, &context);
  void *memory = device->memory->allocate(device, 1000);
  std::vector<char> bytes(1000, 1);
  device->memory->read(device, bytes.data(), memory, bytes.size());
  EXPECT_EQ(bytes, std::vector<char>(1000));
  device->memory->release(device, memory);
  // The driver would refuse to allocate nothing.
  device->memory->release(device, device->memory->allocate(device, 0));
  device->destroy(device);
}

using Gpt2HostDeathTest = Gpt2Host;

TEST_F(Gpt2HostDeathTest, SaysWhatTheDriverRefuses) {
  const testing::ExitedWithCode failed(1);
  EXPECT_EXIT(
      open("cuInit", 100), failed,
      "gpt2: error: cannot start the driver of the GPU: .* \\(error 100 "
      "of the driver\\)");
  EXPECT_EXIT(open("cuDevicePrimaryCtxRetain", 2), failed,
              "cannot make a context on cuda:0 \\(a model of an SM\\): out of "
              "memory");
  EXPECT_EXIT(open("cuLibraryLoadData", 222), failed,
              "cannot load the kernels on cuda:0 .*: the provided PTX was "
              "compiled with an unsupported toolchain");
  EXPECT_EXIT(open("cuMemAlloc_v2", 2), failed,
              "cannot allocate 4096 bytes on cuda:0 .*: out of memory");
  EXPECT_EXIT(
      open("cuLaunchKernel", 719), failed,
      "cannot launch a kernel on cuda:0 .*: unspecified launch failure");
  // Where an earlier kernel's failure shows.
  EXPECT_EXIT(open("cuMemcpyDtoH_v2", 719), failed,
              "cannot read memory on cuda:0 .*: unspecified launch failure");
}

TEST_F(Gpt2HostDeathTest, SaysWhatDriverAndGpuItExpects) {
  const testing::ExitedWithCode failed(1);
  settings.version = 11080;
  EXPECT_EXIT(
      open(nullptr, 0), failed,
      "--device cuda expects a driver for CUDA 12.0 or later, got 11.8");
  settings.version = 12000;
  EXPECT_EXIT((mock_configure(&settings), gpu_create(3, &context)), failed,
              "--device expects cuda:N with N less than 1, the number of GPUs, "
              "got cuda:3");
  const char *driver = getenv("STEEPEST_CUDA_DRIVER");
  const std::string file = driver;
  setenv("STEEPEST_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  EXPECT_EXIT(open(nullptr, 0), failed,
              "--device cuda expects the driver of a GPU, got none: "
              "/nowhere/libcuda.so.1");
  setenv("STEEPEST_CUDA_DRIVER", file.c_str(), 1);
}

TEST_F(Gpt2HostDeathTest, SaysHowLargeMatricesMayBe) {
  gpt2_device *device = gpu_create(0, &context);
  EXPECT_EXIT(device->layers->linear(device, nullptr, nullptr, nullptr, nullptr,
                                     int64_t(1) << 31, 1, 1),
              testing::ExitedWithCode(1),
              "a product on a GPU expects at most 2147483647 rows and columns, "
              "got 2147483648");
  device->destroy(device);
}

} // namespace

int main(int argc, char **argv) {
  setenv("STEEPEST_CUDA_DRIVER", MOCK_DRIVER, 1);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
