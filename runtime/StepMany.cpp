//===- StepMany.cpp - a list of independent steps -------------------------===//
//
// A training step is hundreds of matrices of very different sizes. One matrix
// per thread needs no agreement between threads at all, so that comes first, in
// the order of falling cost; matrices that would keep one thread busy while the
// others have run out of work are cut up among all threads instead. One region
// of threads serves all matrices of the first kind, and none is opened inside
// another.
//
// A thread works in the largest workspace of those whose tasks it has taken,
// so that memory of a task that it will not come back to stays in its caches.
//
// Within one workspace each thread has an equal piece. A task that is larger
// than a piece is one of the second kind, whatever it costs.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Run.h"

#include <algorithm>

namespace steepest::runtime {
namespace {

/// Tasks that are planned together. The plan lies on the stack, since a step
/// allocates nothing; longer lists run chunk by chunk.
constexpr int64_t chunkSize = 1024;

/// Below this cost, some 30 us on one thread of AVX-512, threads inside a
/// matrix do not pay for meeting at the end of every kernel.
constexpr double worthSplitting = 8e6;

/// Below this total cost a region of threads does not pay for opening it.
constexpr double worthSpreading = 5e5;

struct Planned {
  steepest_task *task;
  int64_t index;
  double cost;
  int64_t failedProblem;
  int64_t batch;
  /// Too large for the piece of one thread.
  bool isLarge;
};

struct Chunk {
  Planned planned[chunkSize];
  int64_t size = 0;
};

/// Where tasks work: in the workspace of each when `data` is null.
struct Workspace {
  char *data = nullptr;
  int64_t bytes = 0;

  Workspace piece(int64_t index, int32_t threads) const {
    constexpr int64_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
    int64_t size = bytes / threads / alignment * alignment;
    return {data ? data + index * size : nullptr, size};
  }
};

/// Threads that keep a workspace from task to task; others use that of each.
constexpr int32_t maxKeepers = 64;

/// The largest workspace among those of the tasks that one thread has run. No
/// other thread runs these tasks, so that nobody else uses the memory.
struct alignas(64) Kept {
  void *data = nullptr;
  size_t bytes = 0;

  /// Lets a task work here when it has asked for no more.
  void serve(steepest_arguments &arguments) {
    if (arguments.workspace_bytes > bytes) {
      data = arguments.workspace;
      bytes = arguments.workspace_bytes;
    } else if (data) {
      arguments.workspace = data;
      arguments.workspace_bytes = bytes;
    }
  }
};

/// What the tasks of one region share.
struct Region {
  Planned *planned;
  Workspace workspace;
  Parallel parallel;
  Kept kept[maxKeepers];
};

} // namespace

static double costOf(const steepest_optimizer *self, const Shapes &shapes) {
  return double(self->kernel_cost(shapes.dims)) * double(shapes.batch);
}

/// Shapes of a task that has been checked.
static void shapesOf(const steepest_task &task, Shapes &shapes) {
  resolveShapes(Report(nullptr), task.optimizer, task.arguments.tensors,
                Given::All, shapes);
}

/// Two tasks with one workspace would run into each other: the most likely
/// mistake of a caller who steps them one by one elsewhere. Refuses the later,
/// whether or not this list is worth running in parallel.
static void refuseSharedWorkspaces(const steepest_context *context,
                                   Chunk &chunk) {
  auto begin = [](const Planned &planned) {
    return reinterpret_cast<uintptr_t>(planned.task->arguments.workspace);
  };
  Planned *end = chunk.planned + chunk.size;
  std::sort(chunk.planned, end, [&](const Planned &a, const Planned &b) {
    return begin(a) != begin(b) ? begin(a) < begin(b) : a.index < b.index;
  });
  Planned *kept = nullptr;
  for (Planned *current = chunk.planned; current != end; ++current) {
    if (!kept || begin(*kept) + kept->task->arguments.workspace_bytes <=
                     begin(*current)) {
      kept = current;
      continue;
    }
    Planned *first = std::min(kept, current, [](Planned *a, Planned *b) {
      return a->index < b->index;
    });
    Planned *second = first == kept ? current : kept;
    second->task->status = Report(context, second->index)
                               .refuse(STEEPEST_OVERLAP,
                                       "the workspace overlaps that of task "
                                       "%lld, expected one for each",
                                       (long long)first->index);
    kept = first;
  }
  chunk.size = std::remove_if(chunk.planned, end,
                              [](const Planned &planned) {
                                return planned.task->status != STEEPEST_OK;
                              }) -
               chunk.planned;
}

static void runPlanned(Planned &planned, Parallel parallel,
                       const Workspace &workspace, Kept *kept) {
  const steepest_optimizer *self = planned.task->optimizer;
  Shapes shapes;
  shapesOf(*planned.task, shapes);
  steepest_arguments arguments = planned.task->arguments;
  if (workspace.data) {
    arguments.workspace = workspace.data;
    arguments.workspace_bytes = workspace.bytes;
    if (parallel.threads > 1 &&
        requiredBytes(self, shapes, parallel.threads) > workspace.bytes)
      parallel = serial(parallel);
  } else if (kept) {
    kept->serve(arguments);
  }
  Outcome outcome = runStep(self, parallel, arguments, shapes);
  planned.task->status = outcome.status;
  planned.failedProblem = outcome.problem;
}

/// How many of the first tasks should have all threads inside them. The tasks
/// are sorted: those too large for one thread's memory, then by falling cost.
static int64_t countSplit(const Chunk &chunk, int32_t threads) {
  const Planned *planned = chunk.planned;
  int64_t split = 0;
  while (split < chunk.size && planned[split].isLarge)
    ++split;
  double remaining = 0;
  for (int64_t index = split; index < chunk.size; ++index)
    remaining += planned[index].cost;
  // A task above a fair share of what remains ends last, whatever else is done.
  while (split < chunk.size && planned[split].cost >= worthSplitting &&
         planned[split].cost * threads > remaining * (1 + 1e-9))
    remaining -= planned[split++].cost;
  if (split == chunk.size || planned[split].cost < worthSplitting)
    return split;
  // Of the large ones that remain, those that do not fill a round of threads
  // leave the others waiting, unless the small ones can fill the gap.
  double largest = planned[split].cost, large = 0;
  int64_t end = split;
  while (end < chunk.size && planned[end].cost >= largest / 2)
    large += planned[end++].cost;
  int64_t odd = (end - split) % threads;
  if (odd && remaining - large < double(threads - odd) * largest / 2)
    split += odd;
  return split;
}

static void runChunk(const steepest_context *context, Chunk &chunk,
                     const Workspace &workspace) {
  Parallel parallel = parallelOf(context);
  double total = 0;
  for (int64_t index = 0; index < chunk.size; ++index)
    total += chunk.planned[index].cost;
  // Equal costs of one optimizer are equal shapes: the same code and the same
  // places in the workspace are used again while they are in the caches.
  std::sort(chunk.planned, chunk.planned + chunk.size,
            [](const Planned &a, const Planned &b) {
              if (a.isLarge != b.isLarge)
                return a.isLarge;
              if (a.cost != b.cost)
                return a.cost > b.cost;
              if (a.task->optimizer != b.task->optimizer)
                return a.task->optimizer < b.task->optimizer;
              return a.index < b.index;
            });
  Kept kept;
  if (parallel.threads == 1 || total < worthSpreading) {
    for (int64_t index = 0; index < chunk.size; ++index)
      runPlanned(chunk.planned[index], serial(parallel), workspace, &kept);
    return;
  }
  int64_t split = countSplit(chunk, parallel.threads);
  Region region = {chunk.planned + split, workspace, parallel, {}};
  parallel.parallelFor(
      parallel.pool, chunk.size - split,
      [](void *argument, int64_t task, int64_t worker) {
        auto &region = *static_cast<Region *>(argument);
        runPlanned(region.planned[task], serial(region.parallel),
                   region.workspace.piece(worker, region.parallel.threads),
                   worker < maxKeepers ? &region.kept[worker] : nullptr);
      },
      &region);
  for (int64_t index = 0; index < split; ++index)
    runPlanned(chunk.planned[index], parallel, workspace, &kept);
}

/// Plans the runnable tasks among the next ones, runs them, reports failures.
static void stepChunk(const steepest_context *context, steepest_task *tasks,
                      int64_t begin, int64_t end, const Workspace &workspace) {
  Chunk chunk;
  int64_t piece = workspace.piece(0, context->threads).bytes;
  for (int64_t index = begin; index < end; ++index) {
    if (tasks[index].status != STEEPEST_OK)
      continue;
    Shapes shapes;
    shapesOf(tasks[index], shapes);
    if (shapes.empty)
      continue;
    const steepest_optimizer *self = tasks[index].optimizer;
    bool isLarge = workspace.data && requiredBytes(self, shapes, 1) > piece;
    chunk.planned[chunk.size++] = {
        &tasks[index], index, costOf(self, shapes), 0, shapes.batch, isLarge};
  }
  if (context->threads > 1 && !workspace.data)
    refuseSharedWorkspaces(context, chunk);
  runChunk(context, chunk, workspace);
  std::sort(
      chunk.planned, chunk.planned + chunk.size,
      [](const Planned &a, const Planned &b) { return a.index < b.index; });
  for (int64_t index = 0; index < chunk.size; ++index) {
    const Planned &planned = chunk.planned[index];
    if (planned.task->status != STEEPEST_OK)
      Report(context, planned.index)
          .fail(planned.task->status, planned.failedProblem, planned.batch);
  }
}

/// The context, and that there is a list at all; sets every status.
static steepest_status checkList(const steepest_context *context,
                                 steepest_task *tasks, int64_t numTasks) {
  Report report(context);
  steepest_status status = checkContext(report, context);
  for (int64_t index = 0; tasks && index < numTasks; ++index)
    tasks[index].status = status;
  if (status)
    return status;
  if (!tasks && numTasks)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the tasks are null");
  if (numTasks < 0)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "got %lld tasks, expected 0 or more",
                         (long long)numTasks);
  return STEEPEST_OK;
}

/// Runs the tasks whose status is OK and returns the first that is not.
static steepest_status runList(const steepest_context *context,
                               steepest_task *tasks, int64_t numTasks,
                               const Workspace &workspace) {
  for (int64_t begin = 0; begin < numTasks; begin += chunkSize)
    stepChunk(context, tasks, begin, std::min(begin + chunkSize, numTasks),
              workspace);
  for (int64_t index = 0; index < numTasks; ++index)
    if (tasks[index].status != STEEPEST_OK)
      return tasks[index].status;
  return STEEPEST_OK;
}

} // namespace steepest::runtime

using namespace steepest::runtime;

steepest_status steepest_step_many(const steepest_context *context,
                                   steepest_task *tasks, int64_t num_tasks) {
  if (steepest_status status = checkList(context, tasks, num_tasks))
    return status;
  for (int64_t index = 0; index < num_tasks; ++index) {
    Shapes shapes;
    tasks[index].status =
        checkStep(Report(context, index), tasks[index].optimizer, context,
                  &tasks[index].arguments, context->threads, shapes);
  }
  return runList(context, tasks, num_tasks, Workspace());
}

steepest_status steepest_step_many_within(const steepest_context *context,
                                          steepest_task *tasks,
                                          int64_t num_tasks, void *workspace,
                                          size_t workspace_bytes) {
  if (steepest_status status = checkList(context, tasks, num_tasks))
    return status;
  Report report(context);
  // Every task is checked before the first one runs.
  int64_t least = 0, largest = 0;
  for (int64_t index = 0; index < num_tasks; ++index) {
    steepest_task &task = tasks[index];
    Report taskReport(context, index);
    steepest_arguments arguments = task.arguments;
    arguments.workspace = workspace;
    arguments.workspace_bytes = workspace_bytes;
    Shapes shapes;
    task.status = checkStep(taskReport, task.optimizer, context, &arguments,
                            /*workspaceThreads=*/0, shapes);
    if (task.status || shapes.empty)
      continue;
    int64_t required = requiredBytes(task.optimizer, shapes, 1);
    if (required < 0)
      task.status = refuseShapes(taskReport, task.optimizer);
    if (required > least) {
      least = required;
      largest = index;
    }
  }
  steepest_status refused = STEEPEST_OK;
  if (least && !workspace)
    refused = report.refuse(STEEPEST_NULL_ARGUMENT,
                            "the workspace is null, expected %lld bytes",
                            (long long)least);
  else if (uint64_t(least) > workspace_bytes)
    refused =
        report.refuse(STEEPEST_SHORT_WORKSPACE,
                      "the workspace has %zu bytes, expected %lld for "
                      "task %lld alone",
                      workspace_bytes, (long long)least, (long long)largest);
  for (int64_t index = 0; refused && index < num_tasks; ++index)
    if (tasks[index].status == STEEPEST_OK)
      tasks[index].status = refused;
  if (refused)
    return refused;
  return runList(context, tasks, num_tasks,
                 {static_cast<char *>(workspace), int64_t(workspace_bytes)});
}

int64_t steepest_step_many_bytes(const steepest_task *tasks, int64_t num_tasks,
                                 int32_t threads, int64_t *least) {
  Report silent(nullptr);
  if (threads < 1 || num_tasks < 0 || (num_tasks && !tasks))
    return -1;
  // A task above a fair share of the work has all threads inside it; every
  // other one may meet its like on every other thread.
  double total = 0;
  int64_t busy = 0, alone = 0;
  for (bool isMeasured : {false, true})
    for (int64_t index = 0; index < num_tasks; ++index) {
      const steepest_optimizer *self = tasks[index].optimizer;
      const steepest_arguments &arguments = tasks[index].arguments;
      Shapes shapes;
      if (checkOptimizer(silent, self) ||
          arguments.num_tensors != self->num_tensors ||
          (!arguments.tensors && self->num_tensors) ||
          resolveShapes(silent, self, arguments.tensors, Given::Independent,
                        shapes))
        return -1;
      if (shapes.empty)
        continue;
      double cost = costOf(self, shapes);
      if (!isMeasured) {
        total += cost;
        continue;
      }
      int64_t serial = requiredBytes(self, shapes, 1),
              inside = requiredBytes(self, shapes, threads), all;
      if (serial < 0 || inside < 0 ||
          __builtin_mul_overflow(serial, threads, &all))
        return -1;
      alone = std::max(alone, serial);
      bool isSplit = cost >= worthSplitting && cost * threads > total;
      busy = std::max({busy, inside, isSplit ? inside : all});
    }
  if (least)
    *least = alone;
  return busy;
}
