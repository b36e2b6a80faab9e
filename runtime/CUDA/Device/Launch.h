//===- Launch.h - the host's part of a step as CUDA C++ -------------------===//
//
// What `steepestc --emit=cu` writes calls this: the CUDA runtime's API launches
// the kernel, for trainers that are built with nvcc. The workspace is laid out
// as ../Layout.h has it, and the grid chosen as the library's runtime does.
//
// `Step` is the struct of that name in the generated file.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_LAUNCH_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_LAUNCH_H

#include "../GridChoice.h"
#include "Step.h"

#include <cstddef>
#include <cuda_runtime_api.h>

namespace steepest::sm {

/// What a launch has to know of a device and its kernel.
struct StepPlan {
  /// Blocks that run at the same time.
  int64_t residentBlocks = 0;
  /// Whether the blocks of a launch may wait for each other.
  bool cooperative = false;
  /// Dynamic shared memory of a block.
  int64_t sharedBytes = 0;
};

/// What the extents of a tensor have to be. An extent that is negative is that
/// of the tensor `like`: -1 the same one, -2 its rows, -3 its columns; or any,
/// for a tensor that is like itself.
struct StepShape {
  int32_t like;
  int64_t rows, cols;
};

/// Makes the plan of the current device. cudaErrorInvalidConfiguration: a block
/// does not fit.
template <class Step> cudaError_t makeStepPlan(StepPlan *plan) {
  if (!plan)
    return cudaErrorInvalidValue;
  int device = 0, processors = 0, cooperative = 0, blocks = 0;
  int major = 0, minor = 0, most = 0;
  cudaError_t error = cudaGetDevice(&device);
  auto ask = [&](int *value, cudaDeviceAttr attribute) {
    if (!error)
      error = cudaDeviceGetAttribute(value, attribute, device);
  };
  ask(&processors, cudaDevAttrMultiProcessorCount);
  ask(&cooperative, cudaDevAttrCooperativeLaunch);
  ask(&major, cudaDevAttrComputeCapabilityMajor);
  ask(&minor, cudaDevAttrComputeCapabilityMinor);
  ask(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin);
  const void *kernel = Step::kernel();
  cudaFuncAttributes attributes;
  if (!error)
    error = cudaFuncGetAttributes(&attributes, kernel);
  if (error)
    return error;
  plan->sharedBytes = runtime::cuda::chooseSharedBytes(
      major == 9 && minor == 0 ? Step::sharedBytes90 : Step::sharedBytes,
      Step::mostSharedBytes, most - int64_t(attributes.sharedSizeBytes));
  if (plan->sharedBytes < 0)
    return cudaErrorInvalidConfiguration;
  error =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                           int(plan->sharedBytes));
  if (!error)
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(
        &blocks, kernel, Step::threads, size_t(plan->sharedBytes));
  if (error)
    return error;
  if (blocks < 1)
    return cudaErrorInvalidConfiguration;
  plan->residentBlocks = int64_t(blocks) * processors;
  plan->cooperative = cooperative != 0;
  return cudaSuccess;
}

/// Where things are in the workspace of a launch.
struct StepMemory {
  int64_t problems, certificateBytes, statusBytes, sliceBytes;

  int64_t fixedBytes() const {
    return runtime::cuda::headerBytes + certificateBytes + statusBytes;
  }
};

/// Whether the tensors of an entry are there, and as the step expects them.
template <class Step> bool checkStepEntry(const typename Step::Entry &entry) {
  auto *tensors = reinterpret_cast<const StepTensor *>(&entry.tensors);
  for (int64_t i = 0; i < Step::numTensors; ++i) {
    const StepTensor &tensor = tensors[i];
    const StepShape &shape = Step::shapes[i];
    const StepTensor &like = tensors[shape.like];
    auto extent = [&](int64_t given, int64_t same) {
      return given == -1   ? same
             : given == -2 ? like.rows
             : given == -3 ? like.cols
                           : given;
    };
    if (!tensor.data || tensor.rows < 1 || tensor.cols < 1 ||
        tensor.rows != extent(shape.rows, like.rows) ||
        tensor.cols != extent(shape.cols, like.cols) ||
        (tensor.rows > 1 && tensor.rowStride < tensor.cols))
      return false;
  }
  return entry.end > entry.begin;
}

template <class Step>
bool measureStep(const typename Step::Entry *entries, int64_t count,
                 StepMemory &memory, runtime::cuda::Work *work) {
  auto roundUp = [](int64_t bytes) { return (bytes + 255) / 256 * 256; };
  memory = {};
  if (!entries || count < 1 || count > Step::maximumEntries)
    return false;
  for (int64_t i = 0; i < count; ++i) {
    const typename Step::Entry &entry = entries[i];
    if (!checkStepEntry<Step>(entry))
      return false;
    int64_t problems = entry.end - entry.begin, elements = 1;
    int64_t dims[2 * Step::numTensors];
    auto *tensors = reinterpret_cast<const StepTensor *>(&entry.tensors);
    for (int64_t t = 0; t < Step::numTensors; ++t) {
      dims[2 * t] = tensors[t].rows;
      dims[2 * t + 1] = tensors[t].cols;
      elements = std::max(elements, tensors[t].rows * tensors[t].cols);
    }
    memory.problems += problems;
    memory.certificateBytes += roundUp(problems * Step::numDirections * 64);
    memory.statusBytes += roundUp(problems * int64_t(sizeof(int32_t)));
    memory.sliceBytes =
        std::max(memory.sliceBytes, roundUp(runtime::cuda::slotBytes +
                                            Step::temporaryBytes(dims)));
    if (work)
      work[i] = {problems, Step::cost(dims),
                 (elements + runtime::cuda::elementsPerBlock - 1) /
                     runtime::cuda::elementsPerBlock};
  }
  return true;
}

/// Device memory for a launch in which up to `teams` problems are worked on at
/// once; 0 when the entries are not as the step expects them.
template <class Step>
size_t getStepWorkspaceBytes(const typename Step::Entry *entries, int64_t count,
                             int64_t teams) {
  StepMemory memory;
  if (teams < 1 || !measureStep<Step>(entries, count, memory, nullptr))
    return 0;
  int64_t slices =
      std::min({memory.problems, teams, runtime::cuda::maximumTeams});
  return size_t(memory.fixedBytes() + slices * memory.sliceBytes);
}

/// Fills the first bytes of a workspace, on the stream: once for every
/// workspace, and again after a launch that was ended by an error.
inline cudaError_t prepareStepWorkspace(void *workspace, cudaStream_t stream) {
  namespace layout = runtime::cuda;
  // From the host's memory, which the call has read when it returns.
  static const struct Headers {
    layout::TeamHeader headers[layout::maximumTeams] = {};
    Headers() {
      for (layout::TeamHeader &header : headers)
        header.magic = layout::teamMagic;
    }
  } prepared;
  if (!workspace)
    return cudaErrorInvalidValue;
  return cudaMemcpyAsync(workspace, prepared.headers, sizeof(prepared),
                         cudaMemcpyHostToDevice, stream);
}

/// One launch of the problems of `count` entries. Checks, then launches: no
/// allocation, no copy, no wait. cudaErrorInvalidValue: an entry is not as the
/// step expects it, or the workspace is too small.
template <class Step>
cudaError_t launchStep(const StepPlan &plan,
                       const typename Step::Entry *entries, int64_t count,
                       void *workspace, size_t workspaceBytes,
                       cudaStream_t stream) {
  namespace layout = runtime::cuda;
  StepMemory memory;
  layout::Work work[Step::maximumEntries];
  if (!workspace || !measureStep<Step>(entries, count, memory, work) ||
      workspaceBytes < size_t(memory.fixedBytes() + memory.sliceBytes))
    return cudaErrorInvalidValue;
  char *certificates = static_cast<char *>(workspace) + layout::headerBytes;
  char *statuses = certificates + memory.certificateBytes;
  typename Step::Arguments arguments = {};
  arguments.num_entries = count;
  arguments.num_directions = Step::numDirections;
  arguments.headers = static_cast<char *>(workspace);
  arguments.workspace = static_cast<char *>(workspace) + memory.fixedBytes();
  arguments.slice_bytes = memory.sliceBytes;
  for (int64_t i = 0; i < count; ++i) {
    typename Step::Entry &entry = arguments.entries[i];
    int64_t first = arguments.problems;
    entry = entries[i];
    entry.begin = first;
    entry.end = first + work[i].problems;
    if (!entry.certificates)
      entry.certificates = reinterpret_cast<double *>(
          certificates + first * Step::numDirections * 64);
    if (!entry.statuses)
      entry.statuses = reinterpret_cast<int32_t *>(statuses) + first;
    arguments.problems = entry.end;
  }
  int64_t slices =
      int64_t(workspaceBytes - size_t(memory.fixedBytes())) / memory.sliceBytes;
  layout::Grid grid = layout::chooseGrid(plan.residentBlocks, plan.cooperative,
                                         work, count, slices);
  dim3 blocks(unsigned(grid.blocks), unsigned(grid.teams), 1);
  dim3 threads(Step::threads, 1, 1);
  void *parameters[] = {&arguments};
  return grid.blocks > 1
             ? cudaLaunchCooperativeKernel(Step::kernel(), blocks, threads,
                                           parameters, size_t(plan.sharedBytes),
                                           stream)
             : cudaLaunchKernel(Step::kernel(), blocks, threads, parameters,
                                size_t(plan.sharedBytes), stream);
}

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_LAUNCH_H
