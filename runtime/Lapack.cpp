//===- Lapack.cpp - one call of a LAPACK at a time ------------------------===//
//
// A step takes no lock of ours but this one, around calls of a library that may
// not be called twice at once. OpenBLAS without threads keeps its buffers in a
// table that nothing guards: of 1600 decompositions of order 128 made by two
// threads with Debian's libopenblas0-serial 0.3.21, 2 came out differently. It
// says of itself that it has no threads; other libraries are called freely.
//
//===----------------------------------------------------------------------===//

#include "Futex.h"
#include "Run.h"

/// 0: without threads. Absent from everything that is not OpenBLAS.
extern "C" __attribute__((weak, visibility("default"))) int
openblas_get_parallel(void);

namespace steepest::runtime {

/// 0: free, 1: taken, 2: taken and somebody sleeps.
static std::atomic<uint32_t> lock{0};

static bool isReentrant() {
  return !openblas_get_parallel || openblas_get_parallel() != 0;
}

} // namespace steepest::runtime

using namespace steepest::runtime;

void steepest_lapack_begin() {
  if (isReentrant())
    return;
  uint32_t found = 0;
  if (lock.compare_exchange_strong(found, 1, std::memory_order_acquire))
    return;
  // Decompositions take long: sleep rather than spin.
  while (lock.exchange(2, std::memory_order_acquire) != 0)
    futexWait(lock, 2);
}

void steepest_lapack_end() {
  if (isReentrant())
    return;
  if (lock.exchange(0, std::memory_order_release) == 2)
    futexWake(lock, 1);
}
