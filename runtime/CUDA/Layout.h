//===- Layout.h - what a launch hands to a kernel ---------------*- C++ -*-===//
//
// The kernel's only argument, by value, and the device memory it works in:
//
//     workspace:  headers, one of 64 bytes for each of up to 256 teams
//                 certificates nobody asked for, statuses nobody asked for
//                 slices, one per team: 128 slots of 8 bytes, temporaries
//
// lib/Target/CUDA/DeviceLayout.h has the same structs for generated code.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_LAYOUT_H
#define STEEPEST_RUNTIME_CUDA_LAYOUT_H

#include <cstdint>

namespace steepest::runtime::cuda {

/// What a team meets by. Zero and the magic word when prepared; zero again
/// between launches.
struct TeamHeader {
  int32_t arrived;
  int32_t generation;
  int32_t magic;
  int32_t reserved[13];
};
static_assert(sizeof(TeamHeader) == 64);

constexpr int32_t teamMagic = 0x53544550;
constexpr int64_t maximumTeams = 256;
constexpr int64_t headerBytes = maximumTeams * sizeof(TeamHeader);
constexpr int64_t slotBytes = 1024;

/// One tensor: strides count elements.
struct KernelTensor {
  void *data;
  int64_t rows, cols, rowStride, batchStride;
};

/// Followed by `KernelTensor tensors[]` and `double hypers[]`.
struct KernelArguments {
  int64_t problems;
  int64_t numDirections;
  void *headers;
  void *workspace;
  int64_t sliceBytes;
  int32_t *statuses;
  void *certificates;
  const double *deviceHypers;
};

/// What all drivers take as kernel arguments.
constexpr int64_t maximumArgumentBytes = 4096;

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_LAYOUT_H
