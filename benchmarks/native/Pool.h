//===- Pool.h - workers of a benchmark --------------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_NATIVE_POOL_H
#define STEEPEST_BENCHMARKS_NATIVE_POOL_H

#include "runtime/steepest.h"

namespace steepest::benchmark {

/// The pool of the runtime, with the calling thread kept on the processor where
/// it is: with real-time priority (`chrt -f 1`) it could otherwise end beside a
/// worker, which is bound to its own, and two would be as fast as one.
class Pool {
public:
  explicit Pool(int threads);
  Pool(const Pool &) = delete;
  ~Pool();

  /// For steps and kernels on the pool.
  steepest_context context;

private:
  steepest_pool *pool;
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_NATIVE_POOL_H
