//===- CompiledModule.h - run kernels in a test -----------------*- C++ -*-===//
//
// Compiles kernels written as text through the whole CPU pipeline to an object
// in memory, links it into the process, and calls its entry through the C ABI.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_KERNEL_COMPILEDMODULE_H
#define STEEPEST_TEST_UNIT_KERNEL_COMPILEDMODULE_H

#include "runtime/steepest.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace steepest::test {

/// A strided matrix with poisoned gaps between rows, which nobody may write.
template <typename T> class Matrix {
public:
  Matrix(int64_t rows, int64_t cols, int64_t gap = 0)
      : rows(rows), cols(cols), stride(cols + gap),
        storage(rows * (cols + gap) + 1, poison) {}

  T &operator()(int64_t i, int64_t j) { return storage[i * stride + j]; }
  const T &operator()(int64_t i, int64_t j) const {
    return storage[i * stride + j];
  }
  T &operator()(int64_t j) { return storage[j]; }
  const T &operator()(int64_t j) const { return storage[j]; }

  /// Whether nothing was written between the rows.
  bool isIntact() const {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = cols; j < stride; ++j)
        if (storage[i * stride + j] != poison)
          return false;
    return storage.back() == poison;
  }

  Matrix &fill(const std::function<T(int64_t, int64_t)> &value) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j)
        (*this)(i, j) = value(i, j);
    return *this;
  }
  Matrix &fillRandom(unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    return fill([&](int64_t, int64_t) { return T(uniform(generator)); });
  }

  steepest_matrix view() { return {storage.data(), rows, cols, stride}; }

  int64_t rows, cols, stride;

private:
  static constexpr T poison = T(-77777);
  std::vector<T> storage;
};

/// Replaces every `from` in `text`.
std::string replaceAll(std::string text, const std::string &from,
                       const std::string &to);

/// Whether code for the processor `cpu` runs on this machine.
bool isRunnable(const std::string &cpu);

class CompiledModule {
public:
  /// Compiles `text` for the processor `cpu` and exports `exported`. `adjust`
  /// may add to the module in its LLVM form. Fails the test, and is empty, when
  /// anything goes wrong.
  CompiledModule(const std::string &text, const std::string &cpu,
                 std::vector<std::string> exported,
                 std::function<void(mlir::ModuleOp)> adjust = nullptr);
  ~CompiledModule();

  void *lookup(const std::string &name);

  /// Calls the entry `name` on a number of threads.
  int32_t run(const std::string &name, std::vector<steepest_matrix> tensors,
              std::vector<double> hypers, int64_t threads,
              steepest_certificate *certificates = nullptr);

  /// Whether the last call wrote nothing of the workspace beyond its first
  /// `bytes` bytes. Makes these as they were before.
  bool keptWithin(int64_t bytes);

private:
  void *getWorkspace();

  struct Implementation;
  std::unique_ptr<Implementation> implementation;
  std::vector<char> workspace;
};

} // namespace steepest::test

#endif // STEEPEST_TEST_UNIT_KERNEL_COMPILEDMODULE_H
