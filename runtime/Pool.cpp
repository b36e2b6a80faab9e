//===- Pool.cpp - our own threads -----------------------------------------===//
//
// A step has tens of parallel regions of a few microseconds each, so opening
// and closing one must cost less than a microsecond. The state of a region is
// one word, the epoch: odd while a region is open, even between regions.
//
//   open:  write the job; epoch becomes odd; wake sleepers if there are any
//   work:  every worker (the caller is worker 0) claims tasks by a counter
//   close: epoch becomes even; wait until nobody is inside
//
// A worker enters by raising `inside` and then looking at the epoch; the caller
// closes by changing the epoch and then looking at `inside`. Both in one total
// order: either the worker sees that the region is closed and leaves without
// reading the job, or the caller sees the worker and waits. So a worker that
// wakes late is not waited for, and a caller that finds all tasks done goes on
// at once.
//
// Waiting is a bounded spin and then a futex. Workers are pinned: an unpinned
// worker that the system puts onto the caller's CPU stalls both for
// milliseconds.
//
//===----------------------------------------------------------------------===//

#include "Futex.h"
#include "Run.h"

#include <cstdlib>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

using namespace steepest::runtime;

namespace {

/// More than any machine has; guards against nonsense.
constexpr int32_t maximumThreads = 4096;
constexpr int maximumCpus = 8192;
constexpr size_t cacheLine = 64;

/// About 30 us on Zen 5 and 90 us on Sapphire Rapids: longer than the serial
/// stretches between the products of one step, shorter than anybody's idle
/// time.
constexpr int spinLimit = 2000;

struct Worker {
  pthread_t thread;
  steepest_pool *pool;
  int32_t index;
};

void pauseBriefly() {
#if defined(__SSE__)
  _mm_pause();
#endif
}

/// Rounding mode and treatment of denormals. Workers take the caller's, so that
/// results do not depend on which thread computes them.
uint32_t floatingPointMode() {
#if defined(__SSE__)
  return _mm_getcsr();
#else
  return 0;
#endif
}

void setFloatingPointMode(uint32_t mode) {
#if defined(__SSE__)
  _mm_setcsr(mode);
#endif
}

} // namespace

struct steepest_pool {
  // The job. Written while no worker is inside, read by workers inside.
  steepest_parallel_body body;
  void *argument;
  int64_t tasks;
  uint32_t mode;

  int32_t threads;
  int spins;
  pid_t process;
  Worker *workers;

  alignas(cacheLine) std::atomic<uint32_t> epoch{0};
  std::atomic<uint32_t> sleeping{0};
  std::atomic<bool> stop{false};
  alignas(cacheLine) std::atomic<int64_t> next{0};
  alignas(cacheLine) std::atomic<uint32_t> inside{0};
  std::atomic<uint32_t> callerSleeps{0};
  alignas(cacheLine) std::atomic<bool> busy{false};
};

static void claimTasks(steepest_pool *pool, int64_t worker) {
  for (;;) {
    int64_t task = pool->next.fetch_add(1, std::memory_order_relaxed);
    if (task >= pool->tasks)
      return;
    pool->body(pool->argument, task, worker);
  }
}

/// Waits for a region after `joined`, or for the end of the pool.
static void awaitRegion(steepest_pool *pool, uint32_t joined) {
  for (;;) {
    uint32_t epoch = pool->epoch.load(std::memory_order_acquire);
    for (int spin = 0;; ++spin) {
      if (((epoch & 1) && epoch != joined) ||
          pool->stop.load(std::memory_order_relaxed))
        return;
      if (spin >= pool->spins)
        break;
      pauseBriefly();
      epoch = pool->epoch.load(std::memory_order_acquire);
    }
    pool->sleeping.fetch_add(1);
    futexWait(pool->epoch, epoch);
    pool->sleeping.fetch_sub(1);
  }
}

static void *runWorker(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  steepest_pool *pool = worker->pool;
  uint32_t joined = 0;
  for (;;) {
    awaitRegion(pool, joined);
    if (pool->stop.load(std::memory_order_relaxed))
      return nullptr;
    pool->inside.fetch_add(1);
    uint32_t epoch = pool->epoch.load();
    if ((epoch & 1) && epoch != joined) {
      joined = epoch;
      setFloatingPointMode(pool->mode);
      claimTasks(pool, worker->index);
    }
    if (pool->inside.fetch_sub(1) == 1 && pool->callerSleeps.load())
      futexWake(pool->inside, 1);
  }
}

/// `steepest_parallel_for` of the pool.
static void poolParallelFor(void *opaque, int64_t tasks,
                            steepest_parallel_body body, void *argument) {
  auto *pool = static_cast<steepest_pool *>(opaque);
  if (tasks <= 1 || pool->threads == 1 ||
      pool->busy.exchange(true, std::memory_order_acquire))
    return serialParallelFor(nullptr, tasks, body, argument);

  pool->body = body;
  pool->argument = argument;
  pool->tasks = tasks;
  pool->mode = floatingPointMode();
  pool->next.store(0, std::memory_order_relaxed);
  pool->epoch.fetch_add(1);
  if (pool->sleeping.load())
    futexWake(pool->epoch,
              int(tasks < pool->threads ? tasks - 1 : pool->threads - 1));

  claimTasks(pool, 0);

  pool->epoch.fetch_add(1);
  for (int spin = 0; pool->inside.load() && spin < pool->spins; ++spin)
    pauseBriefly();
  if (pool->inside.load()) {
    pool->callerSleeps.store(1);
    while (uint32_t inside = pool->inside.load())
      futexWait(pool->inside, inside);
    pool->callerSleeps.store(0);
  }
  pool->busy.store(false, std::memory_order_release);
}

namespace {

/// The CPUs this process may run on.
struct CpuSet {
  alignas(long) unsigned char bits[maximumCpus / 8] = {};

  CpuSet() {
    if (sched_getaffinity(0, sizeof(bits), set()) != 0)
      CPU_ZERO_S(sizeof(bits), set());
  }
  cpu_set_t *set() { return reinterpret_cast<cpu_set_t *>(bits); }
  int count() { return CPU_COUNT_S(sizeof(bits), set()); }
  /// The next CPU in the set after `cpu`, going round.
  int after(int cpu) {
    do
      cpu = (cpu + 1) % maximumCpus;
    while (!CPU_ISSET_S(cpu, sizeof(bits), set()));
    return cpu;
  }
};

} // namespace

/// Starts a worker, on `cpu` unless that is negative. The host's signal
/// handlers stay on the host's threads.
static bool startWorker(Worker &worker, int cpu) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started =
      pthread_create(&worker.thread, nullptr, runWorker, &worker) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started)
    return false;
  pthread_setname_np(worker.thread, "steepest");
  if (cpu >= 0) {
    alignas(long) unsigned char bits[maximumCpus / 8] = {};
    CPU_SET_S(cpu, sizeof(bits), reinterpret_cast<cpu_set_t *>(bits));
    // A system that forbids it loses speed, nothing else.
    pthread_setaffinity_np(worker.thread, sizeof(bits),
                           reinterpret_cast<cpu_set_t *>(bits));
  }
  return true;
}

/// Ends the first `started` workers and frees everything.
static void endPool(steepest_pool *pool, int32_t started) {
  pool->stop.store(true);
  pool->epoch.fetch_add(2);
  futexWake(pool->epoch, maximumThreads);
  // After a fork the child has the memory of the pool but none of its threads.
  if (pool->process == getpid())
    for (int32_t index = 1; index <= started; ++index)
      pthread_join(pool->workers[index].thread, nullptr);
  free(pool->workers);
  pool->~steepest_pool();
  free(pool);
}

steepest_pool *steepest_pool_create(int32_t threads) {
  CpuSet allowed;
  int cpus = allowed.count();
  if (threads == 0)
    threads = cpus ? cpus : 1;
  if (threads < 0 || threads > maximumThreads)
    return nullptr;
  void *memory = aligned_alloc(alignof(steepest_pool), sizeof(steepest_pool));
  auto *workers = static_cast<Worker *>(calloc(threads, sizeof(Worker)));
  if (!memory || !workers) {
    free(memory);
    free(workers);
    return nullptr;
  }
  auto *pool = new (memory) steepest_pool;
  pool->threads = threads;
  pool->process = getpid();
  pool->workers = workers;
  // With more threads than CPUs a thread that spins keeps another from working.
  bool crowded = threads > cpus;
  pool->spins = crowded ? 0 : spinLimit;
  // The CPU the caller is on is left to it.
  int cpu = sched_getcpu();
  for (int32_t index = 1; index < threads; ++index) {
    workers[index] = {{}, pool, index};
    cpu = crowded ? -1 : allowed.after(cpu);
    if (!startWorker(workers[index], cpu)) {
      endPool(pool, index - 1);
      return nullptr;
    }
  }
  return pool;
}

void steepest_pool_destroy(steepest_pool *pool) {
  if (pool)
    endPool(pool, pool->threads - 1);
}

void steepest_context_init_serial(steepest_context *context) {
  *context = {};
  context->abi_version = STEEPEST_ABI_VERSION;
  context->threads = 1;
  context->parallel_for = serialParallelFor;
}

void steepest_context_init_pool(steepest_context *context,
                                steepest_pool *pool) {
  steepest_context_init_serial(context);
  if (!pool || pool->threads == 1)
    return;
  context->threads = pool->threads;
  context->parallel_for = poolParallelFor;
  context->pool = pool;
}
