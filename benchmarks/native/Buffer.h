//===- Buffer.h - memory of a benchmark -------------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_NATIVE_BUFFER_H
#define STEEPEST_BENCHMARKS_NATIVE_BUFFER_H

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>

namespace steepest::benchmark {

/// Aligned memory on large pages where there are any, filled with numbers in
/// [-1, 1].
template <typename Real> class Buffer {
public:
  explicit Buffer(int64_t size) : size(size) {
    size_t page = size_t(2) << 20;
    size_t bytes = (size * sizeof(Real) + page - 1) / page * page;
    data = static_cast<Real *>(std::aligned_alloc(page, bytes));
    madvise(data, bytes, MADV_HUGEPAGE);
    std::memset(data, 0, bytes);
    std::mt19937 random(size);
    for (int64_t i = 0; i < size; ++i)
      data[i] = Real(int32_t(random())) / Real(2147483648.0);
  }
  Buffer(const Buffer &) = delete;
  ~Buffer() { std::free(data); }

  int64_t size;
  Real *data;
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_NATIVE_BUFFER_H
