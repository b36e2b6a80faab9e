//===- Run.h - one step whose arguments have been checked -------*- C++ -*-===//

#ifndef STEEPEST_RUNTIME_RUN_H
#define STEEPEST_RUNTIME_RUN_H

#include "Shapes.h"

namespace steepest::runtime {

/// A way to run tasks.
struct Parallel {
  steepest_parallel_for parallelFor;
  void *pool;
  int32_t threads;
  /// What the host vouches for, on all threads alike.
  bool finiteGradients;
};

/// The calling thread alone, for the same host.
Parallel serial(const Parallel &host);
void serialParallelFor(void *pool, int64_t tasks, steepest_parallel_body body,
                       void *argument);

/// What the host's context offers.
Parallel parallelOf(const steepest_context *context);

/// How a step ended: the first problem that failed, in the order of the batch.
struct Outcome {
  steepest_status status;
  int64_t problem;
};

/// Steps all problems of a batch.
Outcome runStep(const steepest_optimizer *self, const Parallel &parallel,
                const steepest_arguments &arguments, const Shapes &shapes);

} // namespace steepest::runtime

/// Around each call that generated code makes of LAPACK (Lapack.cpp). Every
/// library of ours has a lock of its own.
extern "C" void steepest_lapack_begin();
extern "C" void steepest_lapack_end();

#endif // STEEPEST_RUNTIME_RUN_H
