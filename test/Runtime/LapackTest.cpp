//===- LapackTest.cpp - one call of a LAPACK at a time --------------------===//

#include "runtime/Run.h"
#include "gtest/gtest.h"

#include <atomic>
#include <thread>
#include <vector>

/// This program is an OpenBLAS without threads.
extern "C" __attribute__((visibility("default"))) int openblas_get_parallel() {
  return 0;
}

TEST(Lapack, LetsOneInAtATime) {
  constexpr int threads = 4, calls = 2000;
  std::atomic<int> inside{0}, most{0};
  // Written without a guard of its own: a lost update shows too.
  long done = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < calls; ++i) {
        steepest_lapack_begin();
        int now = ++inside;
        if (now > most)
          most = now;
        done = done + 1;
        if (i % 64 == 0)
          std::this_thread::yield();
        --inside;
        steepest_lapack_end();
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(done, long(threads) * calls);
}
