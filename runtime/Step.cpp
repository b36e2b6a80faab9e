//===- Step.cpp - one step ------------------------------------------------===//
//
// A batch with at least as many problems as threads runs one problem on each
// thread, with a serial context inside; a smaller one runs problem after
// problem with all threads inside. Kernels give the same bits on any number of
// threads, and problems do not know of each other, so both ways agree.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Run.h"

#include <atomic>

namespace steepest::runtime {

void serialParallelFor(void *pool, int64_t tasks, steepest_parallel_body body,
                       void *argument) {
  for (int64_t task = 0; task < tasks; ++task)
    body(argument, task, 0);
}

Parallel serial(const Parallel &host) {
  return {serialParallelFor, nullptr, 1, host.finiteGradients};
}

Parallel parallelOf(const steepest_context *context) {
  Parallel parallel = {context->parallel_for, context->pool, context->threads,
                       context->finite_gradients != 0};
  return context->threads == 1 ? serial(parallel) : parallel;
}

namespace {

/// What the tasks of one batch share. It lives on the stack of `runStep`.
struct Batch {
  const steepest_optimizer *self;
  const steepest_arguments *arguments;
  const Shapes *shapes;
  const double *hypers;
  char *slices;
  Layout layout;
  Parallel inner;
  /// The least failed problem, shifted, and its status; so a minimum keeps the
  /// first in batch order whatever order they run in.
  std::atomic<uint64_t> firstFailure{UINT64_MAX};
};

constexpr int statusBits = 8;

} // namespace

/// The view of tensor `index` that the kernel takes for `problem`.
static steepest_matrix viewOf(const Batch &batch, int32_t index,
                              int64_t problem) {
  const steepest_tensor_info &info = batch.self->tensors[index];
  const steepest_tensor &tensor = batch.arguments->tensors[index];
  int64_t rows = batch.shapes->rows(index), cols = batch.shapes->cols(index);
  int64_t offset = problem ? problem * tensor.strides[0] : 0;
  return {static_cast<char *>(tensor.data) + offset * elementSize(info.dtype),
          rows, cols, rows > 1 ? tensor.strides[batch.shapes->batched] : cols};
}

/// Steps one problem within slice `slice` of the workspace.
static void runProblem(Batch &batch, int64_t problem, int64_t slice) {
  const steepest_optimizer *self = batch.self;
  const Layout &layout = batch.layout;
  char *memory = batch.slices + slice * layout.sliceBytes;
  auto *views = reinterpret_cast<steepest_matrix *>(memory);
  for (int32_t index = 0; index < self->num_tensors; ++index)
    views[index] = viewOf(batch, index, problem);
  memory += layout.viewBytes;

  steepest_kernel_arguments kernel = {};
  kernel.tensors = views;
  kernel.hypers = batch.hypers;
  kernel.certificates =
      batch.arguments->certificates
          ? batch.arguments->certificates + problem * self->num_directions
          : reinterpret_cast<steepest_certificate *>(memory);
  kernel.workspace = memory + layout.certificateBytes;
  kernel.parallel_for = batch.inner.parallelFor;
  kernel.pool = batch.inner.pool;
  kernel.threads = batch.inner.threads;
  kernel.finite_gradients = batch.inner.finiteGradients;
  uint64_t status = self->kernel(&kernel);
  if (status == STEEPEST_OK)
    return;

  uint64_t failure = uint64_t(problem) << statusBits |
                     (status & ((uint64_t(1) << statusBits) - 1));
  uint64_t first = batch.firstFailure.load(std::memory_order_relaxed);
  while (failure < first && !batch.firstFailure.compare_exchange_weak(
                                first, failure, std::memory_order_relaxed))
    ;
}

Outcome runStep(const steepest_optimizer *self, const Parallel &parallel,
                const steepest_arguments &arguments, const Shapes &shapes) {
  Batch batch;
  batch.self = self;
  batch.arguments = &arguments;
  batch.shapes = &shapes;
  planLayout(self, shapes, parallel.threads, batch.layout);
  char *workspace = static_cast<char *>(arguments.workspace);
  batch.slices = workspace + batch.layout.hyperBytes;
  batch.hypers = arguments.hypers;
  if (!batch.hypers) {
    auto *defaults = reinterpret_cast<double *>(workspace);
    for (int32_t index = 0; index < self->num_hypers; ++index)
      defaults[index] = self->hypers[index].default_value;
    batch.hypers = defaults;
  }

  if (batch.layout.acrossProblems) {
    batch.inner = serial(parallel);
    parallel.parallelFor(
        parallel.pool, shapes.batch,
        [](void *argument, int64_t problem, int64_t worker) {
          runProblem(*static_cast<Batch *>(argument), problem, worker);
        },
        &batch);
  } else {
    batch.inner = parallel;
    for (int64_t problem = 0; problem < shapes.batch; ++problem)
      runProblem(batch, problem, 0);
  }

  uint64_t first = batch.firstFailure.load(std::memory_order_relaxed);
  if (first == UINT64_MAX)
    return {STEEPEST_OK, 0};
  return {
      static_cast<steepest_status>(first & ((uint64_t(1) << statusBits) - 1)),
      int64_t(first >> statusBits)};
}

} // namespace steepest::runtime

using namespace steepest::runtime;

int64_t steepest_workspace_bytes(const steepest_optimizer *self,
                                 const steepest_tensor *tensors,
                                 int32_t num_tensors, int32_t threads) {
  Report silent(nullptr);
  Shapes shapes;
  if (checkOptimizer(silent, self) || threads < 1 ||
      num_tensors != self->num_tensors || (!tensors && num_tensors) ||
      resolveShapes(silent, self, tensors, Given::Independent, shapes))
    return -1;
  return requiredBytes(self, shapes, threads);
}

steepest_status steepest_step(const steepest_optimizer *self,
                              const steepest_context *context,
                              const steepest_arguments *arguments) {
  Report report(context);
  Shapes shapes;
  if (steepest_status status =
          checkStep(report, self, context, arguments,
                    context ? context->threads : 1, shapes))
    return status;
  if (shapes.empty)
    return STEEPEST_OK;
  Outcome outcome = runStep(self, parallelOf(context), *arguments, shapes);
  if (outcome.status != STEEPEST_OK)
    report.fail(outcome.status, outcome.problem, shapes.batch);
  return outcome.status;
}
