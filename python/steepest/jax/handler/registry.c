//===- registry.c ---------------------------------------------------------===//

#include "registry.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIMIZERS = 4096, MAX_CONTEXTS = 256 };

steepest_status (*step_many_within)(const steepest_context *, steepest_task *,
                                    int64_t, void *, size_t);
const char *(*status_name)(steepest_status);
_Thread_local char said[512];

static struct {
  char name[128];
  const steepest_optimizer *optimizer;
} optimizers[MAX_OPTIMIZERS];
static int num_optimizers;

static kept_context contexts[MAX_CONTEXTS];
static int num_contexts;

static void keep_message(void *user, steepest_status status,
                         const char *message) {
  (void)user;
  (void)status;
  // The first is that of the status returned.
  if (!said[0])
    snprintf(said, sizeof(said), "%s", message);
}

void listen(steepest_context *context) {
  context->log = keep_message;
  context->log_user = NULL;
}

EXPORT void steepest_xla_runtime(
    steepest_status (*step)(const steepest_context *, steepest_task *, int64_t,
                            void *, size_t),
    const char *(*name)(steepest_status)) {
  step_many_within = step;
  status_name = name;
}

/// Returns 0 when there is no room left.
EXPORT int steepest_xla_add_optimizer(const char *name,
                                      const steepest_optimizer *optimizer) {
  if (num_optimizers == MAX_OPTIMIZERS ||
      strlen(name) >= sizeof(optimizers[0].name))
    return 0;
  strcpy(optimizers[num_optimizers].name, name);
  optimizers[num_optimizers].optimizer = optimizer;
  __atomic_store_n(&num_optimizers, num_optimizers + 1, __ATOMIC_RELEASE);
  return 1;
}

/// The context to be used where a call asks for as many threads as it has.
EXPORT int steepest_xla_add_context(const steepest_context *context) {
  if (num_contexts == MAX_CONTEXTS)
    return 0;
  kept_context *kept = &contexts[num_contexts];
  kept->context = *context;
  listen(&kept->context);
  __atomic_store_n(&num_contexts, num_contexts + 1, __ATOMIC_RELEASE);
  return 1;
}

const steepest_optimizer *find_optimizer(const char *name, size_t length) {
  int count = __atomic_load_n(&num_optimizers, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; ++i)
    if (strlen(optimizers[i].name) == length &&
        memcmp(optimizers[i].name, name, length) == 0)
      return optimizers[i].optimizer;
  return NULL;
}

kept_context *find_context(int64_t threads) {
  int count = __atomic_load_n(&num_contexts, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; ++i)
    if (contexts[i].context.threads == threads)
      return &contexts[i];
  return NULL;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static void *allocate(size_t bytes) {
  // aligned_alloc wants a multiple of the alignment.
  size_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  return aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
}

static int try_to_take(kept_memory *kept) {
  return !__atomic_exchange_n(&kept->is_taken, 1, __ATOMIC_ACQUIRE);
}

static void give_back(kept_memory *kept) {
  __atomic_store_n(&kept->is_taken, 0, __ATOMIC_RELEASE);
}

int reserve_memory(kept_memory *kept, size_t bytes) {
  while (!try_to_take(kept))
    sched_yield();
  if (kept->bytes < bytes) {
    free(kept->data);
    kept->data = allocate(bytes);
    kept->bytes = kept->data ? bytes : 0;
  }
  int is_enough = kept->bytes >= bytes;
  give_back(kept);
  return is_enough;
}

/// The workspace of so many threads. Returns 0 when memory cannot be had.
EXPORT int steepest_xla_reserve(int64_t threads, size_t bytes) {
  kept_context *kept = find_context(threads);
  return kept && reserve_memory(&kept->workspace, bytes);
}

step_memory take_memory(kept_memory *kept, size_t bytes) {
  if (try_to_take(kept)) {
    if (kept->bytes >= bytes)
      return (step_memory){kept->data, 1};
    give_back(kept);
  }
  return (step_memory){allocate(bytes), 0};
}

void give_back_memory(kept_memory *kept, step_memory memory) {
  if (memory.is_kept)
    give_back(kept);
  else
    free(memory.data);
}
