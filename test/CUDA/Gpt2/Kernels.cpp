//===- Kernels.cpp - the trainer's kernels on the model of an SM ----------===//

#include "Driver/Mock.h"

#define STEEPEST_SM_MODEL
#include "GPU/Kernels.cpp"

#define KERNEL_OF(name)                                                        \
  {#name, [](const void *argument) {                                           \
     name(*static_cast<const name##_arguments *>(argument));                   \
   }},
#define NAMED(name, sharedBytes) KERNEL_OF(name)
#define PRODUCT(name, tile, transposeA, transposeB) KERNEL_OF(name)

static const MockKernel kernels[] = {GPT2_KERNELS(NAMED)
                                         GPT2_PRODUCTS(PRODUCT)};

/// What GPU/Device.c loads, in place of PTX.
extern "C" const MockImage gpt2_kernels = {
    MOCK_MAGIC, sizeof(kernels) / sizeof(*kernels), kernels};
