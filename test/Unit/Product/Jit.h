//===- Jit.h - products compiled and run in this process --------*- C++ -*-===//
//
// Compiles `kernel.product` for a CPU and calls it. Workers are simulated: the
// pieces of a product run one after the other on the calling thread, last piece
// first, each with the scratch of its own worker, so that any number of threads
// can be asked for.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_PRODUCT_JIT_H
#define STEEPEST_TEST_UNIT_PRODUCT_JIT_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace steepest::product::jit {

/// A matrix in memory, as MLIR passes it.
template <typename Real> struct Matrix {
  Real *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];

  Matrix(Real *data, int64_t rows, int64_t cols, int64_t stride)
      : allocated(data), aligned(data), offset(0), sizes{rows, cols},
        strides{stride, 1} {}
};

/// One product to compile.
struct Variant {
  bool isDouble = false;
  bool transposeLhs = false, transposeRhs = false, symmetric = false;
  bool hasAlpha = false, hasAddend = false, hasGamma = false;

  std::string getName() const;
};

/// The CPUs that can be compiled for.
struct Machine {
  const char *name;
  /// An LLVM CPU name, or null for the CPU of this process.
  const char *cpu;
  unsigned vectorBits;
};

class Library {
public:
  Library(const Machine &machine, const std::vector<Variant> &variants);
  ~Library();

  /// How many workers the next calls see.
  void setThreads(int64_t threads);

  int64_t getScratchBytes(bool isDouble, int64_t m, int64_t n, int64_t k);

  /// C = alpha op(A) op(B) + beta D + gamma I, as a function of lhs, rhs, into,
  /// scratch and its bytes, alpha, beta, addend, gamma. Those that the variant
  /// does not have are ignored.
  template <typename Real>
  using Product =
      std::function<void(Matrix<Real>, Matrix<Real>, Matrix<Real>, void *,
                         size_t, Real, Real, Matrix<Real>, Real)>;
  template <typename Real> Product<Real> getProduct(const Variant &variant);

private:
  void *lookup(const std::string &name);

  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// Whether this process can run code for `machine`.
bool canRun(const Machine &machine);

} // namespace steepest::product::jit

#endif // STEEPEST_TEST_UNIT_PRODUCT_JIT_H
