//===- Problem.h - a problem with its memory --------------------*- C++ -*-===//

#ifndef STEEPEST_TEST_RUNTIME_PROBLEM_H
#define STEEPEST_TEST_RUNTIME_PROBLEM_H

#include "steepest.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Memory on a cache line, freed with its owner.
class Memory {
public:
  explicit Memory(size_t bytes);
  char *data() const { return bytes.get(); }
  size_t size() const { return count; }

private:
  struct Free {
    void operator()(char *memory) const;
  };
  size_t count;
  std::unique_ptr<char, Free> bytes;
};

/// Tensors of one call, all in one layout, with room for strides, and
/// everything else a step takes. Contents come from a small generator.
class Problem {
public:
  /// `batch` < 0: none. Rows are `padding` elements further apart than needed.
  Problem(const steepest_optimizer *optimizer, int64_t rows, int64_t cols,
          int64_t batch = -1, int64_t padding = 0, int32_t threads = 1);

  /// One element of a problem, whatever the dtype.
  double get(int tensor, int64_t problem, int64_t row, int64_t col) const;
  void set(int tensor, int64_t problem, int64_t row, int64_t col, double value);

  steepest_status step(const steepest_context &context);
  steepest_status step();
  steepest_status init();
  steepest_task task() const { return {optimizer, arguments, STEEPEST_OK}; }

  /// All bytes that the call can reach, tensors first.
  std::vector<std::string> snapshot() const;
  /// The same for the tensors alone.
  std::vector<std::string> tensorBytes() const;

  const steepest_optimizer *optimizer;
  std::vector<steepest_tensor> tensors;
  std::vector<steepest_certificate> certificates;
  std::vector<double> hypers;
  steepest_arguments arguments = {};
  /// What was logged by `step()` and `init()`.
  std::vector<std::pair<steepest_status, std::string>> messages;

private:
  char *address(int tensor, int64_t problem, int64_t row, int64_t col) const;
  std::vector<Memory> memories;
  std::unique_ptr<Memory> workspace;
};

/// A serial context that appends what is logged to `messages`.
steepest_context
loggingContext(std::vector<std::pair<steepest_status, std::string>> &messages);
void logTo(steepest_context &context,
           std::vector<std::pair<steepest_status, std::string>> &messages);

#endif // STEEPEST_TEST_RUNTIME_PROBLEM_H
