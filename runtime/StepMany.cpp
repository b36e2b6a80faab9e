//===- StepMany.cpp - a list of independent steps -------------------------===//
//
// A training step is hundreds of matrices of very different sizes. One matrix
// per thread needs no agreement between threads at all, so that comes first, in
// the order of falling cost; matrices that would keep one thread busy while the
// others have run out of work are cut up among all threads instead.
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

/// Below this cost (that of a 64 x 64 matrix) threads inside a matrix do not
/// pay for meeting at the end of every product.
constexpr double worthSplitting = 64. * 64 * 64;

/// Below this total cost a region of threads does not pay for opening it.
constexpr double worthSpreading = 1 << 14;

struct Planned {
  steepest_task *task;
  int64_t index;
  double cost;
  int64_t failedProblem;
  int64_t batch;
};

struct Chunk {
  Planned planned[chunkSize];
  int64_t size = 0;
};

} // namespace

/// Work grows like rows * cols * min(rows, cols): every rule beyond elementwise
/// ones multiplies matrices of such shapes.
static double estimateCost(const steepest_optimizer *self,
                           const Shapes &shapes) {
  double cost = 0;
  for (int32_t index = 0; index < self->num_tensors; ++index)
    if (self->tensors[index].role == STEEPEST_PARAMETER) {
      double rows = double(shapes.rows(index)),
             cols = double(shapes.cols(index));
      cost += rows * cols * std::min(rows, cols);
    }
  return cost * double(shapes.batch);
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

static void runPlanned(Planned &planned, const Parallel &parallel) {
  Shapes shapes;
  shapesOf(*planned.task, shapes);
  Outcome outcome = runStep(planned.task->optimizer, parallel,
                            planned.task->arguments, shapes);
  planned.task->status = outcome.status;
  planned.failedProblem = outcome.problem;
}

/// How many of the costliest tasks should have all threads inside them. The
/// tasks are sorted by falling cost.
static int64_t countSplit(const Chunk &chunk, int32_t threads) {
  const Planned *planned = chunk.planned;
  double remaining = 0;
  for (int64_t index = 0; index < chunk.size; ++index)
    remaining += planned[index].cost;
  // A task above a fair share of what remains ends last, whatever else is done.
  int64_t split = 0;
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

static void runChunk(const steepest_context *context, Chunk &chunk) {
  Parallel parallel = parallelOf(context);
  double total = 0;
  for (int64_t index = 0; index < chunk.size; ++index)
    total += chunk.planned[index].cost;
  if (parallel.threads == 1 || total < worthSpreading) {
    for (int64_t index = 0; index < chunk.size; ++index)
      runPlanned(chunk.planned[index], serial());
    return;
  }
  std::sort(chunk.planned, chunk.planned + chunk.size,
            [](const Planned &a, const Planned &b) {
              return a.cost != b.cost ? a.cost > b.cost : a.index < b.index;
            });
  int64_t split = countSplit(chunk, parallel.threads);
  parallel.parallelFor(
      parallel.pool, chunk.size - split,
      [](void *argument, int64_t task, int64_t) {
        runPlanned(static_cast<Planned *>(argument)[task], serial());
      },
      chunk.planned + split);
  for (int64_t index = 0; index < split; ++index)
    runPlanned(chunk.planned[index], parallel);
}

/// Plans the runnable tasks among the next ones, runs them, reports failures.
static void stepChunk(const steepest_context *context, steepest_task *tasks,
                      int64_t begin, int64_t end) {
  Chunk chunk;
  for (int64_t index = begin; index < end; ++index) {
    if (tasks[index].status != STEEPEST_OK)
      continue;
    Shapes shapes;
    shapesOf(tasks[index], shapes);
    if (!shapes.empty)
      chunk.planned[chunk.size++] = {
          &tasks[index], index, estimateCost(tasks[index].optimizer, shapes), 0,
          shapes.batch};
  }
  if (context->threads > 1)
    refuseSharedWorkspaces(context, chunk);
  runChunk(context, chunk);
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

} // namespace steepest::runtime

using namespace steepest::runtime;

steepest_status steepest_step_many(const steepest_context *context,
                                   steepest_task *tasks, int64_t num_tasks) {
  Report report(context);
  steepest_status contextStatus = checkContext(report, context);
  if (!tasks && num_tasks && !contextStatus)
    return report.refuse(STEEPEST_NULL_ARGUMENT, "the tasks are null");
  if (num_tasks < 0 && !contextStatus)
    return report.refuse(STEEPEST_BAD_COUNT,
                         "got %lld tasks, expected 0 or more",
                         (long long)num_tasks);
  for (int64_t index = 0; tasks && index < num_tasks; ++index) {
    Shapes shapes;
    tasks[index].status =
        contextStatus
            ? contextStatus
            : checkStep(Report(context, index), tasks[index].optimizer, context,
                        &tasks[index].arguments, shapes);
  }
  if (contextStatus)
    return contextStatus;
  for (int64_t begin = 0; begin < num_tasks; begin += chunkSize)
    stepChunk(context, tasks, begin, std::min(begin + chunkSize, num_tasks));
  for (int64_t index = 0; index < num_tasks; ++index)
    if (tasks[index].status != STEEPEST_OK)
      return tasks[index].status;
  return STEEPEST_OK;
}
