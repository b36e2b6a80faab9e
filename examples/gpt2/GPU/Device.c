//===- Device.c - a GPU and its memory ------------------------------------===//
//
// Kernels, steps and copies follow each other: the stream is an ordinary one,
// for which copies, which belong to the default stream, wait, and which waits
// for them.
//
//===----------------------------------------------------------------------===//

#include "Device.h"
#include "GPU.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The kernels as PTX, or what else the driver takes.
extern const unsigned char gpt2_kernels[];

void gpu_check(gpu_device *gpu, int result, const char *what) {
  if (result == 0)
    return;
  char text[160];
  snprintf(text, sizeof(text), "%s on %s", what, gpu->base.name);
  driver_check(&gpu->driver, result, text);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static cuda_pointer address(const void *memory) {
  return (cuda_pointer)(uintptr_t)memory;
}

static void clear(gpt2_device *device, void *memory, size_t bytes) {
  gpu_device *gpu = (gpu_device *)device;
  if (bytes)
    gpu_check(
        gpu,
        gpu->driver.cuMemsetD8Async(address(memory), 0, bytes, gpu->stream),
        "clear memory");
}

static void *allocate_memory(gpt2_device *device, size_t bytes) {
  gpu_device *gpu = (gpu_device *)device;
  cuda_pointer memory = 0;
  char what[64];
  snprintf(what, sizeof(what), "allocate %zu bytes", bytes);
  // The driver has no memory of no bytes.
  gpu_check(gpu, gpu->driver.cuMemAlloc_v2(&memory, bytes ? bytes : 1), what);
  clear(device, (void *)(uintptr_t)memory, bytes);
  return (void *)(uintptr_t)memory;
}

static void release(gpt2_device *device, void *memory) {
  gpu_device *gpu = (gpu_device *)device;
  gpu_check(gpu, gpu->driver.cuMemFree_v2(address(memory)), "free memory");
}

static void write(gpt2_device *device, void *to, const void *from,
                  size_t bytes) {
  gpu_device *gpu = (gpu_device *)device;
  if (bytes)
    gpu_check(gpu, gpu->driver.cuMemcpyHtoD_v2(address(to), from, bytes),
              "write memory");
}

static void read(gpt2_device *device, void *to, const void *from,
                 size_t bytes) {
  gpu_device *gpu = (gpu_device *)device;
  if (bytes)
    gpu_check(gpu, gpu->driver.cuMemcpyDtoH_v2(to, address(from), bytes),
              "read memory");
}

static const gpt2_memory gpu_memory = {.allocate = allocate_memory,
                                       .release = release,
                                       .clear = clear,
                                       .write = write,
                                       .read = read};

//===----------------------------------------------------------------------===//
// The device
//===----------------------------------------------------------------------===//

static void load_kernels(gpu_device *gpu) {
  static const char *const names[] = {
#define KERNEL(name, shared_bytes) #name,
      GPT2_KERNELS(KERNEL)
#undef KERNEL
#define PRODUCT(name, tile, transpose_a, transpose_b) #name,
          GPT2_PRODUCTS(PRODUCT)
#undef PRODUCT
  };
  gpu_check(gpu,
            gpu->driver.cuLibraryLoadData(&gpu->library, gpt2_kernels, NULL,
                                          NULL, 0, NULL, NULL, 0),
            "load the kernels");
  for (int i = 0; i < GPT2_NUM_KERNELS; ++i)
    gpu_check(gpu,
              gpu->driver.cuLibraryGetKernel(&gpu->kernels[i], gpu->library,
                                             names[i]),
              "find a kernel");
}

static void destroy(gpt2_device *device) {
  gpu_device *gpu = (gpu_device *)device;
  gpu_check(gpu, gpu->driver.cuLibraryUnload(gpu->library),
            "unload the kernels");
  gpu_check(gpu, gpu->driver.cuStreamDestroy_v2(gpu->stream),
            "destroy a stream");
  gpu_check(gpu, gpu->driver.cuDevicePrimaryCtxRelease_v2(gpu->device),
            "release the context");
  driver_close(&gpu->driver);
  free(gpu);
}

gpt2_device *gpu_create(int number, const steepest_context *context) {
  gpu_device *gpu = allocate(sizeof(gpu_device));
  cuda_driver *driver = &gpu->driver;
  snprintf(gpu->base.name, sizeof(gpu->base.name), "cuda:%d", number);
  driver_open(driver);
  int count = 0, processors = 0;
  gpu_check(gpu, driver->cuDeviceGetCount(&count), "count the GPUs");
  if (number >= count)
    fail("--device expects cuda:N with N less than %d, the number of GPUs, got "
         "cuda:%d",
         count, number);
  gpu_check(gpu, driver->cuDeviceGet(&gpu->device, number), "find the GPU");
  char model[64] = "";
  driver->cuDeviceGetName(model, sizeof(model), gpu->device);
  snprintf(gpu->base.name, sizeof(gpu->base.name), "cuda:%d (%s)", number,
           model);
  gpu_check(gpu,
            driver->cuDeviceGetAttribute(&processors, CUDA_MULTIPROCESSOR_COUNT,
                                         gpu->device),
            "ask for processors");
  gpu->processors = processors;
  cuda_handle current = NULL;
  gpu_check(gpu, driver->cuDevicePrimaryCtxRetain(&current, gpu->device),
            "make a context");
  gpu_check(gpu, driver->cuCtxSetCurrent(current), "make a context current");
  gpu_check(gpu, driver->cuStreamCreate(&gpu->stream, /*flags=*/0),
            "make a stream");
  load_kernels(gpu);
  gpu->base.memory = &gpu_memory;
  gpu->base.layers = &gpu_layers;
  gpu->base.steps = &gpu_steps;
  gpu->base.context = context;
  gpu->base.destroy = destroy;
  return &gpu->base;
}
