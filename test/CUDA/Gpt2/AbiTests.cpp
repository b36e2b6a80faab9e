//===- AbiTests.cpp - the trainer's declarations against cuda.h -----------===//

#include "Driver/Abi.h"
#include "GPU/Driver.h"

#include <gtest/gtest.h>

namespace {

#define FUNCTION(name, parameters)                                             \
  static_assert(steepest::isSameFunction<decltype(cuda_driver::name),          \
                                         decltype(&name)>());
GPT2_DRIVER(FUNCTION)
#undef FUNCTION
static_assert(sizeof(cuda_pointer) == sizeof(CUdeviceptr));
static_assert(int(CUDA_MULTIPROCESSOR_COUNT) ==
              int(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT));

TEST(Gpt2Abi, MatchesTheHeader) {
  // What matters is asserted above; here the version that it was compared with.
  EXPECT_GE(CUDA_VERSION, 12000);
}

} // namespace
