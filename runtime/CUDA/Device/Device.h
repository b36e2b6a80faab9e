//===- Device.h - types and words of device code --------------------------===//
//
// The template is written once and compiled four ways: by nvcc and NVRTC as
// CUDA C++, by clang without any CUDA header to NVPTX bitcode
// (`-target nvptx64-nvidia-cuda`), and by the host's compiler for the CPU model
// of an SM (STEEPEST_SM_MODEL).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_DEVICE_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_DEVICE_H

#ifdef __CUDACC_RTC__
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef int int32_t;
typedef unsigned uint32_t;
typedef unsigned short uint16_t;
typedef unsigned char uint8_t;
#else
#include <stdint.h>
#endif

#if defined(STEEPEST_SM_MODEL)
#define STEEPEST_DEVICE inline
// Linked code finds the entry points by name; who includes them, has his own.
#ifdef STEEPEST_BITCODE
#define STEEPEST_ENTRY
#else
#define STEEPEST_ENTRY inline
#endif
#define STEEPEST_HOST_DEVICE
#define STEEPEST_UNROLL
#elif defined(__CUDACC__)
#define STEEPEST_DEVICE __device__ __forceinline__
#define STEEPEST_ENTRY __device__ __forceinline__
#define STEEPEST_HOST_DEVICE __host__ __device__
#define STEEPEST_UNROLL _Pragma("unroll")
#else
#define STEEPEST_DEVICE inline __attribute__((always_inline))
// Linked code finds the entry points by name; who includes them, drops them.
#ifdef STEEPEST_BITCODE
#define STEEPEST_ENTRY __attribute__((always_inline))
#else
#define STEEPEST_ENTRY inline __attribute__((always_inline))
#endif
#define STEEPEST_HOST_DEVICE
#define STEEPEST_UNROLL _Pragma("unroll")
#endif

namespace steepest::sm {

/// Faults that the tests plant, one at a time, to see that the CPU model of an
/// SM catches them (-DSTEEPEST_FAULT=...). What is shipped has none.
enum class Fault {
  None,
  DescriptorStep,      // wgmma reads the wrong k
  EarlyRelease,        // a slice is overwritten while it is read
  MissingWait,         // sums or slices are used before they are there
  MissingMirror,       // above the diagonal nothing is stored
  ArriveCount,         // a barrier waits for one arrival too many
  ExpectedBytes,       // a barrier opens before its bytes are there
  EdgeOffByOne,        // one element beyond the edge is multiplied
  MissingPhaseFlip,    // the ring's second round does not wait
  StagingReuse,        // results are overwritten before they are stored
  MissingFence,        // TMA is not shown what it is to store, or to load
  MissingInvalidation, // barriers are left behind in memory that is used again
  MissingMeeting       // a product starts before its factors are there
};

#ifndef STEEPEST_FAULT
#define STEEPEST_FAULT None
#endif

STEEPEST_DEVICE constexpr bool planted(Fault fault) {
  return fault == Fault::STEEPEST_FAULT;
}

} // namespace steepest::sm

/// What cuTensorMapEncodeTiled writes, a CUtensorMap.
struct alignas(64) SteepestTensorMap {
  uint64_t opaque[16];
};

/// A panel of a packed operand (Panels.h): rows, and bytes of a slice of k.
enum { SteepestPanelRows = 64, SteepestPanelBytes = 8192 };

/// Sixteen-bit numbers in memory, by their bits.
struct steepest_bf16 {
  uint16_t bits;
};
struct steepest_f16 {
  uint16_t bits;
};
typedef float steepest_float;
typedef double steepest_double;

/// Two neighbours of a row. In bitcode a map is
///
///     { float, float } @map(ptr %context, i64 %batch, i32 %row, i32 %column,
///                           float %first, float %second)
template <class T> struct SteepestPair {
  T first, second;
};
typedef SteepestPair<float> (*steepest_map_float)(void *context, int64_t batch,
                                                  int32_t row, int32_t column,
                                                  float first, float second);
typedef SteepestPair<double> (*steepest_map_double)(void *context,
                                                    int64_t batch, int32_t row,
                                                    int32_t column,
                                                    double first,
                                                    double second);

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_DEVICE_H
