//===- Step.cpp - steps on a GPU ------------------------------------------===//
//
// All arguments are checked, then there is one launch; for a list of tasks, one
// for as many as fit into the arguments of a launch. A step is a list of one.
//
//===----------------------------------------------------------------------===//

#include "../Check.h"
#include "Grid.h"

#include <algorithm>

namespace steepest::runtime::cuda {
namespace {

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

/// Tasks of one list that are planned together. The plan lies on the stack,
/// since a step allocates nothing; longer lists run chunk by chunk.
constexpr int64_t chunkSize = 1024;

/// What is stepped together: tasks of one optimizer, in one workspace.
struct List {
  const steepest_optimizer *self;
  const steepest_cuda_launch *launch;
  steepest_task *tasks;
  int64_t numTasks;
  char *workspace;
  size_t workspaceBytes;
};

/// A task of a chunk: its place in the list, and where what it writes begins.
struct Planned {
  int64_t index;
  int64_t problem; // of the list
  int64_t batch;
  double cost;
};

Shapes shapesOf(const List &list, int64_t index) {
  Shapes shapes;
  // What has been checked is not refused.
  resolveShapes(Report(nullptr), list.self, list.tasks[index].arguments.tensors,
                Given::All, shapes);
  return shapes;
}

/// The kernel's argument.
union Arguments {
  KernelArguments head;
  char bytes[maximumArgumentBytes];
};

void fillEntry(char *memory, const List &list, const Planned &planned,
               int64_t begin, const DeviceLayout &layout) {
  const steepest_optimizer *self = list.self;
  const steepest_arguments &arguments = list.tasks[planned.index].arguments;
  Shapes shapes = shapesOf(list, planned.index);
  auto &entry = *reinterpret_cast<KernelEntry *>(memory);
  char *certificates = list.workspace + headerBytes;
  char *statuses = certificates + layout.certificateBytes;
  entry.begin = begin;
  entry.end = begin + planned.batch;
  entry.certificates =
      arguments.certificates
          ? static_cast<void *>(arguments.certificates)
          : certificates + planned.problem * self->num_directions *
                               int64_t(sizeof(steepest_certificate));
  entry.statuses =
      (list.launch->statuses ? list.launch->statuses
                             : reinterpret_cast<int32_t *>(statuses)) +
      planned.problem;
  entry.deviceHypers =
      list.launch->device_hypers
          ? list.launch->device_hypers + planned.index * self->num_hypers
          : nullptr;
  auto *tensors = reinterpret_cast<KernelTensor *>(&entry + 1);
  for (int32_t index = 0; index < self->num_tensors; ++index)
    tensors[index] = viewOf(self, shapes, arguments.tensors[index], index);
  auto *hypers = reinterpret_cast<double *>(tensors + self->num_tensors);
  for (int32_t index = 0; index < self->num_hypers; ++index)
    hypers[index] = arguments.hypers ? arguments.hypers[index]
                                     : self->hypers[index].default_value;
}

/// One launch of the tasks `planned`, as many as its arguments have room for.
steepest_status launchTasks(const Report &report, const List &list,
                            const Planned *planned, int64_t numPlanned,
                            const DeviceLayout &layout) {
  const steepest_cuda_plan &plan = *list.launch->plan;
  Arguments block;
  // More than fit into the arguments of a launch, whatever the optimizer.
  Work work[maximumArgumentBytes / sizeof(KernelEntry)];
  int64_t size = entryBytes(list.self->num_tensors, list.self->num_hypers);
  int64_t problems = 0;
  for (int64_t i = 0; i < numPlanned; ++i) {
    fillEntry(block.bytes + sizeof(KernelArguments) + i * size, list,
              planned[i], problems, layout);
    work[i] = measure(list.self, shapesOf(list, planned[i].index));
    problems += planned[i].batch;
  }
  int64_t slices =
      int64_t(list.workspaceBytes - uint64_t(layout.fixedBytes())) /
      layout.sliceBytes;
  Grid grid = chooseGrid(plan.residentBlocks, plan.cooperative, work,
                         numPlanned, slices);
  KernelArguments &head = block.head;
  head.problems = problems;
  head.numEntries = numPlanned;
  head.numDirections = list.self->num_directions;
  head.headers = list.workspace;
  head.workspace = list.workspace + layout.fixedBytes();
  head.sliceBytes = layout.sliceBytes;

  LaunchAttribute cooperative = {};
  cooperative.id = cooperativeAttribute;
  cooperative.value = 1;
  LaunchConfig config = {};
  config.gridX = unsigned(grid.blocks);
  config.gridY = unsigned(grid.teams);
  config.gridZ = config.blockY = config.blockZ = 1;
  config.blockX = unsigned(plan.optimizer->block_threads);
  config.sharedBytes = unsigned(plan.sharedBytes);
  config.stream = list.launch->stream;
  config.attributes = &cooperative;
  config.numAttributes = grid.blocks > 1;
  void *parameters[] = {&block};
  if (int result =
          plan.driver.launchKernel(&config, plan.kernel, parameters, nullptr))
    return refuseResult(report, plan.driver, result, "launch the step");
  return STEEPEST_OK;
}

/// Launches the tasks whose status is OK, those that take longest first.
steepest_status launchList(const Report &report, const List &list,
                           const DeviceLayout &layout) {
  int64_t room = list.launch->plan->optimizer->tasks_per_launch;
  int64_t problem = 0;
  for (int64_t first = 0; first < list.numTasks; first += chunkSize) {
    Planned planned[chunkSize];
    int64_t count = 0;
    int64_t end = std::min(first + chunkSize, list.numTasks);
    for (int64_t index = first; index < end; ++index) {
      if (list.tasks[index].status)
        continue;
      Shapes shapes = shapesOf(list, index);
      if (!shapes.empty)
        planned[count++] = {index, problem, shapes.batch,
                            double(list.self->kernel_cost(shapes.dims))};
      problem += shapes.batch;
    }
    std::sort(planned, planned + count, [](const Planned &a, const Planned &b) {
      return a.cost != b.cost ? a.cost > b.cost : a.index < b.index;
    });
    for (int64_t begin = 0; begin < count; begin += room) {
      int64_t size = std::min(room, count - begin);
      if (steepest_status status =
              launchTasks(report, list, planned + begin, size, layout)) {
        for (int64_t i = begin; i < count; ++i)
          list.tasks[planned[i].index].status = status;
        return status;
      }
    }
  }
  return STEEPEST_OK;
}

/// Checks a task but for its workspace, and adds what it needs. One that is
/// refused has no place among statuses and certificates.
steepest_status checkTask(const Report &report, const List &list,
                          const steepest_context *context, int64_t index,
                          DeviceLayout &layout) {
  steepest_task &task = list.tasks[index];
  if (task.optimizer != list.self)
    return report.refuse(STEEPEST_BAD_VERSION,
                         "the task is of another optimizer than the list's, "
                         "'%s'",
                         list.self->name);
  steepest_arguments arguments = task.arguments;
  arguments.workspace = list.workspace;
  arguments.workspace_bytes = list.workspaceBytes;
  Shapes shapes;
  if (steepest_status status = checkStep(report, list.self, context, &arguments,
                                         /*workspaceThreads=*/0, shapes))
    return status;
  DeviceLayout own = {};
  if (!shapes.empty && !planDeviceLayout(list.self, shapes, own))
    return refuseShapes(report, list.self);
  layout = layout + own;
  return STEEPEST_OK;
}

/// Steps the tasks of a list. `isOne`: a list of one that nobody sees.
steepest_status stepList(const List &list, const steepest_context *context,
                         bool isOne) {
  Report report(context);
  DeviceLayout layout = {};
  for (int64_t index = 0; index < list.numTasks; ++index)
    list.tasks[index].status = checkTask(
        isOne ? report : Report(context, index), list, context, index, layout);
  steepest_status first = STEEPEST_OK;
  for (int64_t index = 0; index < list.numTasks && !first; ++index)
    first = list.tasks[index].status;
  // None, or none with elements.
  if (layout.sliceBytes == 0)
    return first;
  int64_t required = layout.fixedBytes() + layout.sliceBytes;
  steepest_status refused = STEEPEST_OK;
  if (!list.workspace)
    refused = report.refuse(STEEPEST_NULL_ARGUMENT,
                            "the workspace is null, expected %lld bytes",
                            (long long)required);
  else if (list.workspaceBytes < uint64_t(required))
    refused = report.refuse(STEEPEST_SHORT_WORKSPACE,
                            "the workspace has %zu bytes, expected %lld",
                            list.workspaceBytes, (long long)required);
  if (refused) {
    for (int64_t index = 0; index < list.numTasks; ++index)
      if (!list.tasks[index].status)
        list.tasks[index].status = refused;
    return refused;
  }
  steepest_status launched = launchList(report, list, layout);
  return first ? first : launched;
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
  const steepest_cuda_launch *launch;
  steepest_status status = checkContext(report, context);
  if (!status)
    status = checkOptimizer(report, self);
  if (!status && !arguments)
    status = report.refuse(STEEPEST_NULL_ARGUMENT, "the arguments are null");
  if (!status)
    status = findLaunch(report, self, context, launch);
  if (status)
    return status;
  steepest_task task = {self, *arguments, STEEPEST_OK};
  return stepList({self, launch, &task, 1,
                   static_cast<char *>(arguments->workspace),
                   arguments->workspace_bytes},
                  context, /*isOne=*/true);
}

steepest_status steepest_cuda_step_many(const steepest_cuda_optimizer *self,
                                        const steepest_context *context,
                                        steepest_task *tasks, int64_t num_tasks,
                                        void *workspace,
                                        size_t workspace_bytes) {
  Report report(context);
  const steepest_cuda_launch *launch;
  steepest_status status = checkContext(report, context);
  if (!status)
    status = checkOptimizer(report, self ? &self->base : nullptr);
  if (!status && !tasks && num_tasks)
    status = report.refuse(STEEPEST_NULL_ARGUMENT, "the tasks are null");
  if (!status && num_tasks < 0)
    status =
        report.refuse(STEEPEST_BAD_COUNT, "got %lld tasks, expected 0 or more",
                      (long long)num_tasks);
  if (!status)
    status = findLaunch(report, &self->base, context, launch);
  if (status) {
    for (int64_t index = 0; tasks && index < num_tasks; ++index)
      tasks[index].status = status;
    return status;
  }
  return stepList({&self->base, launch, tasks, num_tasks,
                   static_cast<char *>(workspace), workspace_bytes},
                  context, /*isOne=*/false);
}

int64_t steepest_cuda_step_many_bytes(const steepest_cuda_optimizer *self,
                                      const steepest_task *tasks,
                                      int64_t num_tasks, int32_t threads) {
  Report silent(nullptr);
  if (!self || checkOptimizer(silent, &self->base) || threads < 1 ||
      num_tasks < 0 || (!tasks && num_tasks))
    return -1;
  DeviceLayout layout = {};
  int64_t problems = 0;
  for (int64_t index = 0; index < num_tasks; ++index) {
    const steepest_arguments &arguments = tasks[index].arguments;
    Shapes shapes;
    DeviceLayout own = {};
    if (tasks[index].optimizer != &self->base ||
        arguments.num_tensors != self->base.num_tensors ||
        (!arguments.tensors && self->base.num_tensors) ||
        resolveShapes(silent, &self->base, arguments.tensors,
                      Given::Independent, shapes) ||
        (!shapes.empty && !planDeviceLayout(&self->base, shapes, own)))
      return -1;
    problems += shapes.batch;
    layout = layout + own;
  }
  int64_t slices = std::min({problems, int64_t(threads), maximumTeams});
  int64_t bytes;
  if (__builtin_mul_overflow(slices, layout.sliceBytes, &bytes) ||
      __builtin_add_overflow(bytes, layout.fixedBytes(), &bytes))
    return -1;
  return bytes;
}
