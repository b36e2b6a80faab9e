//===- AllocationTest.cpp - a step allocates and locks nothing ------------===//
//
// Takes the place of the allocator and of mutexes in this program, and counts
// while a step runs. Sanitizers have their own allocator, so there is nothing
// to see under them.
//
//===----------------------------------------------------------------------===//

#include "Optimizers.h"
#include "Problem.h"
#include "Sanitizers.h"

#include <atomic>
#include <cmath>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#if !defined(STEEPEST_SANITIZED)

static std::atomic<bool> counting{false};
static std::atomic<int> calls{0};

static void count() {
  if (counting.load(std::memory_order_relaxed))
    ++calls;
}

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

void *malloc(size_t size) { return count(), __libc_malloc(size); }
void *calloc(size_t number, size_t size) {
  return count(), __libc_calloc(number, size);
}
void *realloc(void *memory, size_t size) {
  return count(), __libc_realloc(memory, size);
}
void *memalign(size_t alignment, size_t size) {
  return count(), __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  return count(), __libc_memalign(alignment, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  count();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
void free(void *memory) {
  count();
  __libc_free(memory);
}
int pthread_mutex_lock(pthread_mutex_t *mutex) {
  using Lock = int (*)(pthread_mutex_t *);
  static std::atomic<Lock> original{nullptr};
  if (!original)
    original = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  count();
  return original.load()(mutex);
}
}

/// Allocator calls and locks while `body` runs.
template <typename Body> static int callsDuring(Body body) {
  calls = 0;
  counting = true;
  body();
  counting = false;
  return calls;
}

TEST(AllocationTest, CountsWhatItShould) {
  // A compiler may leave out an allocation that nobody can see.
  static int *volatile visible;
  EXPECT_EQ(callsDuring([] {
              visible = new int;
              delete visible;
            }),
            2);
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  EXPECT_EQ(callsDuring([&] { pthread_mutex_lock(&mutex); }), 1);
}

TEST(AllocationTest, Step) {
  for (int32_t threads : {1, 2, 4}) {
    steepest_pool *pool = steepest_pool_create(threads);
    steepest_context context;
    steepest_context_init_pool(&context, pool);
    static char last[512];
    context.log = [](void *, steepest_status, const char *message) {
      snprintf(last, sizeof(last), "%s", message);
    };
    for (int64_t batch : {-1, 2, 9}) {
      Problem problem(momentum(), 40, 30, batch, 1, threads);
      problem.step(context);
      steepest_status status;
      auto step = [&] { status = problem.step(context); };
      EXPECT_EQ(callsDuring([&] {
                  for (int time = 0; time < 50; ++time)
                    step();
                }),
                0);
      EXPECT_EQ(status, STEEPEST_OK);
      // Nor do failures and refusals.
      problem.set(1, 0, 0, 0, NAN);
      EXPECT_EQ(callsDuring(step), 0);
      EXPECT_EQ(status, STEEPEST_NONFINITE);
      problem.tensors[1].shape[1] = 29;
      EXPECT_EQ(callsDuring(step), 0);
      EXPECT_EQ(status, STEEPEST_BAD_SHAPE);
      EXPECT_NE(last[0], '\0');
    }
    steepest_pool_destroy(pool);
  }
}

TEST(AllocationTest, StepMany) {
  steepest_pool *pool = steepest_pool_create(2);
  steepest_context context;
  steepest_context_init_pool(&context, pool);
  std::vector<std::unique_ptr<Problem>> problems;
  std::vector<steepest_task> tasks;
  for (int index = 0; index < 30; ++index) {
    problems.push_back(std::make_unique<Problem>(
        momentum(), 10 * (1 + index % 12), 50, index % 3 ? -1 : 3, 0, 2));
    tasks.push_back(problems.back()->task());
  }
  steepest_status status;
  EXPECT_EQ(callsDuring([&] {
              status = steepest_step_many(&context, tasks.data(), tasks.size());
            }),
            0);
  EXPECT_EQ(status, STEEPEST_OK);
  EXPECT_EQ(callsDuring([&] {
              steepest_init(momentum(), &context, problems[0]->tensors.data(),
                            3);
            }),
            0);
  steepest_pool_destroy(pool);
}

#endif // !STEEPEST_SANITIZED
