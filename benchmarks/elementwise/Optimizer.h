//===- Optimizer.h - a compiled optimizer and its problems ------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_ELEMENTWISE_OPTIMIZER_H
#define STEEPEST_BENCHMARKS_ELEMENTWISE_OPTIMIZER_H

#include "runtime/steepest.h"

#include <memory>
#include <string>
#include <vector>

namespace steepest::benchmark {

/// The optimizer `name` of the shared library `name`.so in `folder`. Exits with
/// a message when there is none.
const steepest_optimizer *loadOptimizer(const std::string &folder,
                                        const std::string &name);

struct FreeMemory {
  void operator()(void *memory) const;
};
using Memory = std::unique_ptr<char, FreeMemory>;

/// Zeros, on pages of their own.
Memory allocate(size_t bytes);

/// Tensors of one problem, rows x cols or, for a rule of vectors, cols.
/// Gradients and parameters are random, states as `init` leaves them.
class Problem {
public:
  Problem(const steepest_optimizer *optimizer, int64_t rows, int64_t cols);

  /// With a workspace of its own for `threads` threads.
  void allocateWorkspace(int32_t threads);
  void step(const steepest_context &context) const;
  steepest_task task() const { return {optimizer, arguments, STEEPEST_OK}; }

  /// Bytes of every tensor that a step reads, once, and of every tensor that it
  /// writes, once.
  double getLeastBytes() const;
  double getGradientBytes() const;
  /// All that a step writes.
  std::string getWritten() const;
  /// Begins again.
  void reset();

  const steepest_optimizer *optimizer;
  std::vector<steepest_tensor> tensors;
  steepest_arguments arguments = {};

private:
  int64_t getSize(size_t tensor) const;
  size_t getBytes(size_t tensor) const;
  std::vector<Memory> memories;
  Memory workspace;
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_ELEMENTWISE_OPTIMIZER_H
