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

/// Problems of the same shapes: a batch. Followed by `KernelTensor tensors[]`
/// and `double hypers[]`.
struct KernelEntry {
  /// Of all problems of the launch: the first of this entry and the one after
  /// its last.
  int64_t begin, end;
  int32_t *statuses;
  void *certificates;
  const double *deviceHypers;
};

/// Followed by entries, as many as `maximumEntries` says.
struct KernelArguments {
  int64_t problems;
  int64_t numEntries;
  int64_t numDirections;
  void *headers;
  void *workspace;
  int64_t sliceBytes;
};

/// What all drivers take as kernel arguments.
constexpr int64_t maximumArgumentBytes = 4096;

constexpr int64_t entryBytes(int64_t numTensors, int64_t numHypers) {
  return int64_t(sizeof(KernelEntry)) +
         numTensors * int64_t(sizeof(KernelTensor)) +
         numHypers * int64_t(sizeof(double));
}
/// Entries of one launch; 0 for an optimizer that none can be launched of.
constexpr int64_t maximumEntries(int64_t numTensors, int64_t numHypers) {
  return (maximumArgumentBytes - int64_t(sizeof(KernelArguments))) /
         entryBytes(numTensors, numHypers);
}

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_LAYOUT_H
