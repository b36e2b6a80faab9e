//===- Driver.h - the driver, by dlopen -------------------------*- C++ -*-===//
//
// Declarations of our own for the little that is used of cuda.h, so that no
// toolkit is needed to build; test/CUDA/Driver/AbiTests.cpp compares them with
// the header where there is one.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DRIVER_H
#define STEEPEST_RUNTIME_CUDA_DRIVER_H

#include <cstddef>
#include <cstdint>

struct CUstream_st;

namespace steepest::runtime::cuda {

using Stream = CUstream_st *;
using Pointer = unsigned long long; // CUdeviceptr
using Handle = void *; // CUcontext, CUlibrary, CUkernel, CUfunction

/// CUresult, as far as we tell apart.
enum Result : int {
  success = 0,
  outOfMemory = 2,
  notInitialized = 3,
  noBinaryForGpu = 209,
  unsupportedPtxVersion = 222,
};

/// CUdevice_attribute.
enum DeviceAttribute : int {
  multiprocessorCount = 16,
  computeCapabilityMajor = 75,
  computeCapabilityMinor = 76,
  cooperativeLaunch = 95,
  maxSharedBytesPerBlock = 97, // that a kernel may ask for
};

/// CUfunction_attribute.
enum FunctionAttribute : int {
  staticSharedBytes = 1,
  maxDynamicSharedBytes = 8
};

/// CUlaunchAttribute: an id, and a union of 64 bytes at offset 8.
struct alignas(8) LaunchAttribute {
  int id;
  int padding;
  union {
    char bytes[64];
    int value;
  };
};
constexpr int cooperativeAttribute = 2;

/// CUlaunchConfig.
struct LaunchConfig {
  unsigned gridX, gridY, gridZ;
  unsigned blockX, blockY, blockZ;
  unsigned sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned numAttributes;
};

/// CUDA_MEMCPY2D.
struct Copy2D {
  size_t srcX, srcY;
  int srcType;
  const void *srcHost;
  Pointer srcDevice;
  Handle srcArray;
  size_t srcPitch;
  size_t dstX, dstY;
  int dstType;
  void *dstHost;
  Pointer dstDevice;
  Handle dstArray;
  size_t dstPitch;
  size_t widthBytes, height;
};
constexpr int deviceMemory = 2;

/// The functions, by the names under which libcuda.so.1 has them.
struct Driver {
  void *library;
  int (*init)(unsigned flags);
  int (*driverGetVersion)(int *version);
  int (*getErrorString)(int result, const char **text);
  int (*ctxGetCurrent)(Handle *context);
  int (*ctxGetDevice)(int *device);
  int (*deviceGetAttribute)(int *value, int attribute, int device);
  int (*libraryLoadData)(Handle *library, const void *image, int *jitOptions,
                         void **jitValues, unsigned numJit, int *options,
                         void **values, unsigned num);
  int (*libraryUnload)(Handle library);
  int (*libraryGetKernel)(Handle *kernel, Handle library, const char *name);
  int (*kernelGetFunction)(Handle *function, Handle kernel);
  int (*kernelGetAttribute)(int *value, int attribute, Handle kernel,
                            int device);
  int (*kernelSetAttribute)(int attribute, int value, Handle kernel,
                            int device);
  int (*occupancy)(int *blocks, Handle function, int blockThreads,
                   size_t sharedBytes);
  int (*launchKernel)(const LaunchConfig *config, Handle kernel,
                      void **parameters, void **extra);
  int (*memset2D16)(Pointer memory, size_t pitch, unsigned short value,
                    size_t width, size_t height, Stream stream);
  int (*memset2D32)(Pointer memory, size_t pitch, unsigned value, size_t width,
                    size_t height, Stream stream);
  int (*memcpy2D)(const Copy2D *copy, Stream stream);

  /// Opens the driver and finds its functions. Returns the name of what is
  /// missing, null when all is there.
  const char *open(const char *file);
  void close();
  /// What the driver calls a result.
  const char *describe(int result) const;
};

/// The least version that has all of these, as the driver counts.
constexpr int leastDriverVersion = 12000;

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_DRIVER_H
