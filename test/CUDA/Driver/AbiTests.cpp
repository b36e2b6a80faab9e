//===- AbiTests.cpp - our declarations against cuda.h ---------------------===//

#include "Abi.h"
#include "CUDA/Driver.h"

#include <cstddef>
#include <cuda.h>
#include <gtest/gtest.h>

using namespace steepest;
using namespace steepest::runtime::cuda;

#define SAME(ours, theirs) static_assert(int(ours) == int(theirs))
SAME(success, CUDA_SUCCESS);
SAME(outOfMemory, CUDA_ERROR_OUT_OF_MEMORY);
SAME(notInitialized, CUDA_ERROR_NOT_INITIALIZED);
SAME(noBinaryForGpu, CUDA_ERROR_NO_BINARY_FOR_GPU);
SAME(unsupportedPtxVersion, CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
SAME(multiprocessorCount, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SAME(computeCapabilityMajor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(computeCapabilityMinor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(cooperativeLaunch, CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH);
SAME(maxSharedBytesPerBlock,
     CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
SAME(staticSharedBytes, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
SAME(maxDynamicSharedBytes, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME(cooperativeAttribute, CU_LAUNCH_ATTRIBUTE_COOPERATIVE);
SAME(deviceMemory, CU_MEMORYTYPE_DEVICE);

#define SAME_OFFSET(ours, our, theirs, their)                                  \
  static_assert(offsetof(ours, our) == offsetof(theirs, their))
static_assert(sizeof(LaunchAttribute) == sizeof(CUlaunchAttribute));
SAME_OFFSET(LaunchAttribute, id, CUlaunchAttribute, id);
SAME_OFFSET(LaunchAttribute, value, CUlaunchAttribute, value);
static_assert(sizeof(LaunchConfig) == sizeof(CUlaunchConfig));
SAME_OFFSET(LaunchConfig, gridX, CUlaunchConfig, gridDimX);
SAME_OFFSET(LaunchConfig, blockX, CUlaunchConfig, blockDimX);
SAME_OFFSET(LaunchConfig, sharedBytes, CUlaunchConfig, sharedMemBytes);
SAME_OFFSET(LaunchConfig, stream, CUlaunchConfig, hStream);
SAME_OFFSET(LaunchConfig, attributes, CUlaunchConfig, attrs);
SAME_OFFSET(LaunchConfig, numAttributes, CUlaunchConfig, numAttrs);
static_assert(sizeof(Copy2D) == sizeof(CUDA_MEMCPY2D));
SAME_OFFSET(Copy2D, srcType, CUDA_MEMCPY2D, srcMemoryType);
SAME_OFFSET(Copy2D, srcDevice, CUDA_MEMCPY2D, srcDevice);
SAME_OFFSET(Copy2D, srcPitch, CUDA_MEMCPY2D, srcPitch);
SAME_OFFSET(Copy2D, dstType, CUDA_MEMCPY2D, dstMemoryType);
SAME_OFFSET(Copy2D, dstDevice, CUDA_MEMCPY2D, dstDevice);
SAME_OFFSET(Copy2D, dstPitch, CUDA_MEMCPY2D, dstPitch);
SAME_OFFSET(Copy2D, widthBytes, CUDA_MEMCPY2D, WidthInBytes);
SAME_OFFSET(Copy2D, height, CUDA_MEMCPY2D, Height);
static_assert(sizeof(Pointer) == sizeof(CUdeviceptr));

namespace {

#define SAME_FUNCTION(ours, theirs)                                            \
  static_assert(isSameFunction<decltype(Driver::ours), decltype(&theirs)>())
SAME_FUNCTION(init, cuInit);
SAME_FUNCTION(driverGetVersion, cuDriverGetVersion);
SAME_FUNCTION(getErrorString, cuGetErrorString);
SAME_FUNCTION(ctxGetCurrent, cuCtxGetCurrent);
SAME_FUNCTION(ctxGetDevice, cuCtxGetDevice);
SAME_FUNCTION(deviceGetAttribute, cuDeviceGetAttribute);
SAME_FUNCTION(libraryLoadData, cuLibraryLoadData);
SAME_FUNCTION(libraryUnload, cuLibraryUnload);
SAME_FUNCTION(libraryGetKernel, cuLibraryGetKernel);
SAME_FUNCTION(kernelGetFunction, cuKernelGetFunction);
SAME_FUNCTION(kernelGetAttribute, cuKernelGetAttribute);
SAME_FUNCTION(kernelSetAttribute, cuKernelSetAttribute);
SAME_FUNCTION(occupancy, cuOccupancyMaxActiveBlocksPerMultiprocessor);
SAME_FUNCTION(memset2D16, cuMemsetD2D16Async);
SAME_FUNCTION(memset2D32, cuMemsetD2D32Async);
SAME_FUNCTION(memcpy2D, cuMemcpy2DAsync);

TEST(CudaAbi, MatchesTheHeader) {
  // What matters is asserted above; here the version that it was compared with.
  EXPECT_GE(CUDA_VERSION, leastDriverVersion);
}

} // namespace
