//===- MockKernels.cpp - kernels of hosts ---------------------------------===//
//
// What hosts launch beside steps: any number of blocks that do not wait for
// each other, and one argument. They run on the model, at once.
//
//===----------------------------------------------------------------------===//

#include "MockState.h"
#include "Model/Machine.h"
#include <cstring>

using namespace steepest;

Handle steepest::findKernel(const MockImage &image, const char *name) {
  for (int64_t i = 0; i < image.count; ++i)
    if (!strcmp(image.kernels[i].name, name))
      return const_cast<MockKernel *>(&image.kernels[i]);
  return nullptr;
}

/// Whether the kernel is of an image that is loaded.
static bool isLoaded(const void *kernel) {
  for (const Library &library : mock().libraries) {
    auto *image = static_cast<const MockImage *>(library.image);
    if (memcmp(image->magic, MOCK_MAGIC, sizeof(image->magic)))
      continue;
    auto *of = static_cast<const MockKernel *>(kernel);
    if (of >= image->kernels && of < image->kernels + image->count)
      return true;
  }
  return false;
}

extern "C" int cuLaunchKernel(Handle kernel, unsigned gridX, unsigned gridY,
                              unsigned gridZ, unsigned blockX, unsigned blockY,
                              unsigned blockZ, unsigned sharedBytes, Stream,
                              void **parameters, void **extra) {
  Locked locked;
  if (int result = enter("cuLaunchKernel"))
    return result;
  if (mock().capturing)
    return refuse("a kernel that is no step is captured");
  if (!isLoaded(kernel))
    return refuse("a launch of what is no kernel", invalidHandle);
  if (gridX < 1 || gridY != 1 || gridZ != 1 || blockX < 1 || blockX > 1024 ||
      blockX % 32 || blockY != 1 || blockZ != 1 || extra || !parameters ||
      !parameters[0])
    return refuse("a launch of an odd shape");
  // More has to be asked for.
  if (sharedBytes > 48 << 10)
    return refuse("more shared memory than was asked for");
  sm_model::Launch launch;
  launch.grid = int(gridX);
  launch.block = int(blockX);
  launch.sharedBytes = sharedBytes;
  launch.timing = sm_model::Timing::Random;
  launch.seed = mock().settings.seed;
  auto function = static_cast<const MockKernel *>(kernel)->function;
  const void *argument = parameters[0];
  std::string error = sm_model::launch(launch, [=] { function(argument); });
  return error.empty() ? 0 : refuse(error, launchFailed);
}
