//===- BitCast.h - the bits of a number as another ------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_BITCAST_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_BITCAST_H

#include "Device.h"

// Functions of numbers are for the host, too, which computes sizes with them.
#if defined(__CUDACC__) && !defined(STEEPEST_SM_MODEL)
#define STEEPEST_NUMBER __host__ __device__ __forceinline__
#else
#define STEEPEST_NUMBER STEEPEST_DEVICE
#endif

namespace steepest::sm {

template <class To, class From> STEEPEST_NUMBER To bitCast(const From &from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof(To));
  return to;
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_BITCAST_H
