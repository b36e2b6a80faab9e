//===- Step.cpp - one step on a GPU ---------------------------------------===//
//
// All arguments are checked, then there is one launch. Problems of a batch are
// dealt out to teams of blocks, as many teams as problems if the workspace has
// room for them, and the blocks that run at one time to the teams. Neither
// changes a bit of the results.
//
//===----------------------------------------------------------------------===//

#include "../Check.h"
#include "Plan.h"

#include <algorithm>

namespace steepest::runtime::cuda {
namespace {

/// Elements that keep a block busy: one task of a map.
constexpr int64_t elementsPerBlock = 4096;

struct Grid {
  int64_t blocks, teams;
};

Grid chooseGrid(const steepest_cuda_plan &plan, const Shapes &shapes,
                int32_t numTensors, int64_t slices) {
  int64_t elements = 1;
  for (int32_t index = 0; index < numTensors; ++index)
    elements = std::max(elements, shapes.rows(index) * shapes.cols(index));
  int64_t useful = (elements + elementsPerBlock - 1) / elementsPerBlock;
  Grid grid;
  grid.teams = std::min({shapes.batch, slices, maximumTeams,
                         std::max<int64_t>(plan.residentBlocks, 1)});
  grid.blocks = plan.cooperative
                    ? std::max<int64_t>(
                          1, std::min(useful, plan.residentBlocks / grid.teams))
                    : 1;
  return grid;
}

KernelTensor viewOf(const steepest_optimizer *self, const Shapes &shapes,
                    const steepest_tensor &tensor, int32_t index) {
  KernelTensor view;
  view.data = tensor.data;
  view.rows = shapes.rows(index);
  view.cols = shapes.cols(index);
  view.rowStride = view.rows > 1 ? tensor.strides[shapes.batched] : view.cols;
  view.batchStride = shapes.batched && shapes.batch > 1 ? tensor.strides[0] : 0;
  return view;
}

/// The kernel's argument, of a size that the descriptor says.
union Arguments {
  KernelArguments head;
  char bytes[maximumArgumentBytes];
};

void fillArguments(Arguments &block, const steepest_optimizer *self,
                   const steepest_cuda_launch &launch,
                   const steepest_arguments &arguments, const Shapes &shapes,
                   const DeviceLayout &layout) {
  char *memory = static_cast<char *>(arguments.workspace);
  KernelArguments &head = block.head;
  head.problems = shapes.batch;
  head.numDirections = self->num_directions;
  head.headers = memory;
  memory += headerBytes;
  head.certificates = arguments.certificates
                          ? static_cast<void *>(arguments.certificates)
                          : memory;
  memory += layout.certificateBytes;
  head.statuses =
      launch.statuses ? launch.statuses : reinterpret_cast<int32_t *>(memory);
  head.workspace = memory + layout.statusBytes;
  head.sliceBytes = layout.sliceBytes;
  head.deviceHypers = launch.device_hypers;
  auto *tensors = reinterpret_cast<KernelTensor *>(&head + 1);
  for (int32_t index = 0; index < self->num_tensors; ++index)
    tensors[index] = viewOf(self, shapes, arguments.tensors[index], index);
  auto *hypers = reinterpret_cast<double *>(tensors + self->num_tensors);
  for (int32_t index = 0; index < self->num_hypers; ++index)
    hypers[index] = arguments.hypers ? arguments.hypers[index]
                                     : self->hypers[index].default_value;
}

} // namespace
} // namespace steepest::runtime::cuda

using namespace steepest::runtime;
using namespace steepest::runtime::cuda;

void steepest_context_init_cuda(steepest_context *context,
                                const steepest_cuda_launch *launch) {
  steepest_context_init_serial(context);
  context->pool = const_cast<steepest_cuda_launch *>(launch);
}

int64_t steepest_cuda_workspace_bytes(const steepest_optimizer *self,
                                      const steepest_tensor *tensors,
                                      int32_t num_tensors, int32_t threads) {
  Report silent(nullptr);
  Shapes shapes;
  DeviceLayout layout;
  if (checkOptimizer(silent, self) || threads < 1 ||
      num_tensors != self->num_tensors || (!tensors && num_tensors) ||
      resolveShapes(silent, self, tensors, Given::Independent, shapes) ||
      (!shapes.empty && !planDeviceLayout(self, shapes, layout)))
    return -1;
  if (shapes.empty)
    return headerBytes;
  int64_t slices =
      std::min({shapes.batch, int64_t(threads), int64_t(maximumTeams)});
  int64_t bytes;
  if (__builtin_mul_overflow(slices, layout.sliceBytes, &bytes) ||
      __builtin_add_overflow(bytes, layout.fixedBytes(), &bytes))
    return -1;
  return bytes;
}

int32_t steepest_cuda_kernel(const steepest_kernel_arguments *arguments) {
  // What runs on a GPU has no step of one problem on the host.
  return STEEPEST_UNSUPPORTED_CPU;
}

steepest_status steepest_cuda_step(const steepest_optimizer *self,
                                   const steepest_context *context,
                                   const steepest_arguments *arguments) {
  Report report(context);
  Shapes shapes;
  if (steepest_status status = checkStep(report, self, context, arguments,
                                         /*workspaceThreads=*/0, shapes))
    return status;
  const steepest_cuda_launch *launch;
  if (steepest_status status = findLaunch(report, self, context, launch))
    return status;
  if (shapes.empty)
    return STEEPEST_OK;
  DeviceLayout layout;
  if (!planDeviceLayout(self, shapes, layout))
    return refuseShapes(report, self);
  int64_t required = layout.fixedBytes() + layout.sliceBytes;
  if (!arguments->workspace)
    return report.refuse(STEEPEST_NULL_ARGUMENT,
                         "the workspace is null, expected %lld bytes",
                         (long long)required);
  if (arguments->workspace_bytes < uint64_t(required))
    return report.refuse(STEEPEST_SHORT_WORKSPACE,
                         "the workspace has %zu bytes, expected %lld",
                         arguments->workspace_bytes, (long long)required);

  const steepest_cuda_plan &plan = *launch->plan;
  int64_t slices =
      int64_t(arguments->workspace_bytes - uint64_t(layout.fixedBytes())) /
      layout.sliceBytes;
  Grid grid = chooseGrid(plan, shapes, self->num_tensors, slices);
  Arguments block;
  fillArguments(block, self, *launch, *arguments, shapes, layout);
  LaunchAttribute cooperative = {};
  cooperative.id = cooperativeAttribute;
  cooperative.value = 1;
  LaunchConfig config = {};
  config.gridX = unsigned(grid.blocks);
  config.gridY = unsigned(grid.teams);
  config.gridZ = config.blockY = config.blockZ = 1;
  config.blockX = unsigned(plan.optimizer->block_threads);
  config.sharedBytes = unsigned(plan.sharedBytes);
  config.stream = launch->stream;
  config.attributes = &cooperative;
  config.numAttributes = grid.blocks > 1;
  void *parameters[] = {&block};
  if (int result =
          plan.driver.launchKernel(&config, plan.kernel, parameters, nullptr))
    return refuseResult(report, plan.driver, result, "launch the step");
  return STEEPEST_OK;
}
