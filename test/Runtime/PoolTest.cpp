//===- PoolTest.cpp - our own threads -------------------------------------===//

#include "Sanitizers.h"
#include "steepest.h"

#include <atomic>
#include <cfloat>
#include <chrono>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

/// A pool and a context that uses it.
struct Threads {
  explicit Threads(int32_t threads) : pool(steepest_pool_create(threads)) {
    steepest_context_init_pool(&context, pool);
  }
  ~Threads() { steepest_pool_destroy(pool); }
  Threads(const Threads &) = delete;

  template <typename Body> void run(int64_t tasks, Body body) {
    context.parallel_for(
        context.pool, tasks,
        [](void *argument, int64_t task, int64_t worker) {
          (*static_cast<Body *>(argument))(task, worker);
        },
        &body);
  }

  steepest_pool *pool;
  steepest_context context;
};

double processorSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

TEST(PoolTest, EveryTaskOnce) {
  for (int32_t threads : {1, 2, 3, 8})
    for (int64_t tasks : {0, 1, 2, 5, 1000}) {
      Threads pool(threads);
      ASSERT_NE(pool.pool, nullptr);
      EXPECT_EQ(pool.context.threads, threads);
      std::vector<std::atomic<int>> runs(tasks), inUse(threads);
      std::atomic<int> bad{0};
      pool.run(tasks, [&](int64_t task, int64_t worker) {
        if (worker < 0 || worker >= threads || inUse[worker].exchange(1))
          ++bad;
        ++runs[task];
        inUse[worker] = 0;
      });
      for (auto &run : runs)
        EXPECT_EQ(run, 1);
      EXPECT_EQ(bad, 0);
    }
}

TEST(PoolTest, DefaultIsEveryCpuAllowed) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  EXPECT_EQ(Threads(0).context.threads, CPU_COUNT(&allowed));
  // Pinned to one CPU there is one thread.
  cpu_set_t one;
  CPU_ZERO(&one);
  int first = 0;
  while (!CPU_ISSET(first, &allowed))
    ++first;
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(Threads(0).context.threads, 1);
  // And two share it when asked to.
  std::atomic<int> count{0};
  Threads(2).run(100, [&](int64_t, int64_t) { ++count; });
  EXPECT_EQ(count, 100);
  ASSERT_EQ(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
}

TEST(PoolTest, WorkersArePinnedAndTheCallerIsNot) {
  cpu_set_t before, inside, after;
  sched_getaffinity(0, sizeof(before), &before);
  if (CPU_COUNT(&before) < 2)
    GTEST_SKIP() << "needs two CPUs";
  Threads pool(2);
  std::atomic<int> arrived{0};
  // Both tasks wait for each other, so each is on its own worker.
  pool.run(2, [&](int64_t, int64_t worker) {
    ++arrived;
    while (arrived < 2)
      std::this_thread::yield();
    if (worker == 1)
      sched_getaffinity(0, sizeof(inside), &inside);
  });
  sched_getaffinity(0, sizeof(after), &after);
  EXPECT_EQ(CPU_COUNT(&inside), 1);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(PoolTest, NoNonsense) {
  EXPECT_EQ(steepest_pool_create(-1), nullptr);
  EXPECT_EQ(steepest_pool_create(1 << 20), nullptr);
  steepest_pool_destroy(nullptr);
  steepest_context context;
  steepest_context_init_pool(&context, nullptr);
  EXPECT_EQ(context.threads, 1);
  EXPECT_EQ(context.abi_version, STEEPEST_ABI_VERSION);
}

TEST(PoolTest, NestedRegionsAreSerial) {
  Threads pool(3);
  std::atomic<int64_t> sum{0};
  pool.run(10, [&](int64_t task, int64_t) {
    auto self = std::this_thread::get_id();
    int64_t next = 0;
    pool.run(10, [&](int64_t inner, int64_t worker) {
      EXPECT_EQ(std::this_thread::get_id(), self);
      EXPECT_EQ(worker, 0);
      EXPECT_EQ(inner, next++);
      sum += task * 10 + inner;
    });
  });
  EXPECT_EQ(sum, 99 * 100 / 2);
}

TEST(PoolTest, ManyCallers) {
  Threads pool(2);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int time = 0; time < 500; ++time)
        pool.run(7, [&](int64_t task, int64_t) { sum += task; });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sum, 4 * 500 * 21);
}

TEST(PoolTest, Stress) {
  // Regions of all lengths, with pauses about as long as the spin of a waiting
  // worker, so that workers are met asleep, awake and in between. What a region
  // writes without atomics the caller must see afterwards.
  Threads pool(4);
  std::vector<int64_t> results(64);
  for (int64_t time = 0; time < 5000; ++time) {
    int64_t tasks = time % 64;
    pool.run(tasks,
             [&](int64_t task, int64_t) { results[task] = time + task; });
    for (int64_t task = 0; task < tasks; ++task)
      ASSERT_EQ(results[task], time + task);
    if (time % 16 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(time % 200));
  }
}

TEST(PoolTest, CreateAndDestroy) {
  for (int time = 0; time < 200; ++time) {
    Threads pool(1 + time % 4);
    std::atomic<int> count{0};
    if (time % 3)
      pool.run(10, [&](int64_t, int64_t) { ++count; });
    EXPECT_EQ(count, time % 3 ? 10 : 0);
  }
}

TEST(PoolTest, IdlePoolUsesNoProcessor) {
  // As many as there are CPUs, and more.
  for (int32_t threads : {0, 2, 8}) {
    Threads pool(threads);
    pool.run(100, [](int64_t, int64_t) {});
    usleep(20000);
    double before = processorSeconds();
    usleep(100000);
    EXPECT_LT(processorSeconds() - before, 0.005);
  }
}

TEST(PoolTest, SleepersAreWokenAndWaitedFor) {
  for (int32_t threads : {2, 5}) {
    Threads pool(threads);
    for (int time = 0; time < 3; ++time) {
      usleep(20000);
      std::atomic<int> arrived{0};
      std::vector<int> results(threads);
      // All wait for each other, so each is on its own worker; then the caller
      // is the first to be done.
      pool.run(threads, [&](int64_t task, int64_t worker) {
        ++arrived;
        while (arrived < threads)
          std::this_thread::yield();
        if (worker)
          usleep(3000);
        results[task] = 1;
      });
      for (int result : results)
        EXPECT_EQ(result, 1);
    }
  }
}

TEST(PoolTest, WorkersRoundLikeTheCaller) {
#if defined(__SSE__)
  Threads pool(2);
  uint32_t mode = _mm_getcsr();
  // Flush denormals to zero, as a host may do after it has made the pool.
  _mm_setcsr(mode | 0x8040);
  std::atomic<int> arrived{0}, flushed{0};
  pool.run(2, [&](int64_t, int64_t) {
    ++arrived;
    while (arrived < 2)
      std::this_thread::yield();
    volatile float tiny = FLT_MIN;
    flushed += tiny / 2 == 0;
  });
  _mm_setcsr(mode);
  EXPECT_EQ(flushed, 2);
#endif
}

// A child of fork has no workers. It still gets its work done, and can let go
// of the pool. (Sanitizers do not follow a fork of a threaded process.)
#if !defined(STEEPEST_SANITIZED)
TEST(PoolTest, AfterFork) {
  Threads pool(2);
  pool.run(10, [](int64_t, int64_t) {});
  pid_t child = fork();
  if (child == 0) {
    int count = 0;
    pool.run(50, [&](int64_t, int64_t) { ++count; });
    steepest_pool_destroy(pool.pool);
    _exit(count == 50 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

TEST(PoolTest, EmptyRegionIsCheap) {
  Threads pool(2);
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (int round = 0; round < 200; ++round) {
    auto begin = Clock::now();
    for (int time = 0; time < 100; ++time)
      pool.run(2, [](int64_t, int64_t) {});
    times.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - begin)
            .count() /
        100);
  }
  std::sort(times.begin(), times.end());
  RecordProperty("microseconds", std::to_string(times[times.size() / 2]));
  printf("empty region: median %.2f us, best %.2f us\n",
         times[times.size() / 2], times[0]);
}
