//===- cuda_runtime_api.h - the words of CUDA that a step is written in ---===//
//
// Stands in for NVIDIA's header where there is none: for clang -x cuda without
// a toolkit, and for the host's compiler, which makes code for the CPU model of
// an SM (STEEPEST_SM_MODEL). What is not declared here, the CUDA C++ of a step
// does not use.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_SOURCE_CUDA_RUNTIME_API_H
#define STEEPEST_TEST_CUDA_SOURCE_CUDA_RUNTIME_API_H

#include <stddef.h>
#include <stdlib.h>

#if defined(__CUDA__) && !defined(__CUDACC__)
// What NVIDIA's headers and clang's own define; to be included first.
#define __CUDACC__
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __grid_constant__ __attribute__((grid_constant))
#define __align__(bytes) __attribute__((aligned(bytes)))
static __device__ inline size_t __cvta_generic_to_shared(const void *pointer) {
  return (size_t)(__attribute__((address_space(3))) const void *)pointer;
}
#endif

#ifdef STEEPEST_SM_MODEL
#define __global__
#define __launch_bounds__(...)
#define __grid_constant__
#endif

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorInvalidConfiguration = 9
};
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrCooperativeLaunch = 95,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1 };
typedef struct CUstream_st *cudaStream_t;

/// Of these the first, at the offset that it has there.
struct cudaFuncAttributes {
  size_t sharedSizeBytes;
};

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x, unsigned y, unsigned z) : x(x), y(y), z(z) {}
};

extern "C" {
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute,
                                   int device);
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes,
                                  const void *kernel);
cudaError_t cudaFuncSetAttribute(const void *kernel,
                                 cudaFuncAttribute attribute, int value);
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                          const void *kernel,
                                                          int threads,
                                                          size_t sharedBytes);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaLaunchKernel(const void *kernel, dim3 grid, dim3 block,
                             void **arguments, size_t sharedBytes,
                             cudaStream_t stream);
cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 grid,
                                        dim3 block, void **arguments,
                                        size_t sharedBytes,
                                        cudaStream_t stream);
} // extern "C"

#endif // STEEPEST_TEST_CUDA_SOURCE_CUDA_RUNTIME_API_H
