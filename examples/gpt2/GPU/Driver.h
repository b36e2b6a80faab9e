//===- Driver.h - the driver of the GPU, by dlopen --------------*- C -*-===//
//
// What the trainer needs of libcuda.so.1, declared here so that no toolkit is
// needed to build. CUDA 12.0 or later, as for compiled optimizers.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_GPU_DRIVER_H
#define GPT2_GPU_DRIVER_H

#include <stddef.h>
#include <stdint.h>

typedef struct CUstream_st *cuda_stream;
/// CUdeviceptr.
typedef unsigned long long cuda_pointer;
/// CUcontext, CUlibrary, and CUkernel, which is launched as a CUfunction is.
typedef void *cuda_handle;

/// CUdevice_attribute.
enum { CUDA_MULTIPROCESSOR_COUNT = 16 };

/// The functions, by the names that libcuda.so.1 has them under; each returns a
/// CUresult, 0 for success.
#define GPT2_DRIVER(FUNCTION)                                                  \
  FUNCTION(cuInit, (unsigned flags))                                           \
  FUNCTION(cuDriverGetVersion, (int *version))                                 \
  FUNCTION(cuGetErrorString, (int result, const char **text))                  \
  FUNCTION(cuDeviceGetCount, (int *count))                                     \
  FUNCTION(cuDeviceGet, (int *device, int number))                             \
  FUNCTION(cuDeviceGetName, (char *name, int length, int device))              \
  FUNCTION(cuDeviceGetAttribute, (int *value, int attribute, int device))      \
  FUNCTION(cuDevicePrimaryCtxRetain, (cuda_handle * context, int device))      \
  FUNCTION(cuDevicePrimaryCtxRelease_v2, (int device))                         \
  FUNCTION(cuCtxSetCurrent, (cuda_handle context))                             \
  FUNCTION(cuStreamCreate, (cuda_stream * stream, unsigned flags))             \
  FUNCTION(cuStreamDestroy_v2, (cuda_stream stream))                           \
  FUNCTION(cuMemAlloc_v2, (cuda_pointer * memory, size_t bytes))               \
  FUNCTION(cuMemFree_v2, (cuda_pointer memory))                                \
  FUNCTION(cuMemsetD8Async, (cuda_pointer memory, unsigned char value,         \
                             size_t bytes, cuda_stream stream))                \
  FUNCTION(cuMemcpyHtoD_v2,                                                    \
           (cuda_pointer memory, const void *data, size_t bytes))              \
  FUNCTION(cuMemcpyDtoH_v2, (void *data, cuda_pointer memory, size_t bytes))   \
  FUNCTION(cuLibraryLoadData,                                                  \
           (cuda_handle * library, const void *image, int *jit_options,        \
            void **jit_values, unsigned num_jit, int *options, void **values,  \
            unsigned num))                                                     \
  FUNCTION(cuLibraryUnload, (cuda_handle library))                             \
  FUNCTION(cuLibraryGetKernel,                                                 \
           (cuda_handle * kernel, cuda_handle library, const char *name))      \
  FUNCTION(cuLaunchKernel,                                                     \
           (cuda_handle kernel, unsigned grid_x, unsigned grid_y,              \
            unsigned grid_z, unsigned block_x, unsigned block_y,               \
            unsigned block_z, unsigned shared_bytes, cuda_stream stream,       \
            void **parameters, void **extra))

typedef struct {
  void *library;
#define FUNCTION(name, parameters) int(*name) parameters;
  GPT2_DRIVER(FUNCTION)
#undef FUNCTION
} cuda_driver;

/// The driver's file: what $STEEPEST_CUDA_DRIVER names, or libcuda.so.1.
const char *driver_file(void);

/// Opens and starts the driver. Where there is none, or one that is too old or
/// finds no GPU, the program ends with a message.
void driver_open(cuda_driver *driver);
void driver_close(cuda_driver *driver);

/// Ends the program unless `result` is 0: "cannot <what>: ...".
void driver_check(const cuda_driver *driver, int result, const char *what);

#endif // GPT2_GPU_DRIVER_H
