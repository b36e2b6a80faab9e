//===- deltas.c -----------------------------------------------------------===//

#include "deltas.h"

#include <string.h>

/// Elements of a task: enough to be worth a thread's waking.
enum { CHUNK = 1 << 16 };

static size_t element_bytes(steepest_dtype dtype) {
  return dtype == STEEPEST_F64 ? 8 : dtype == STEEPEST_F32 ? 4 : 2;
}

typedef struct {
  const delta_list *list;
  void (*work)(const delta_list *list, int64_t begin, int64_t end);
} chunked;

static void run_chunk(void *argument, int64_t task, int64_t worker) {
  (void)worker;
  const chunked *work = argument;
  int64_t begin = task * CHUNK, end = begin + CHUNK;
  if (end > work->list->count)
    end = work->list->count;
  work->work(work->list, begin, end);
}

/// Works on all lists; on a large one with all threads.
static void run(const steepest_context *context, const delta_list *lists,
                int64_t num_lists,
                void (*work)(const delta_list *, int64_t, int64_t)) {
  for (int64_t i = 0; i < num_lists; ++i) {
    int64_t tasks = (lists[i].count + CHUNK - 1) / CHUNK;
    chunked argument = {&lists[i], work};
    if (tasks > 1 && context->threads > 1)
      context->parallel_for(context->pool, tasks, run_chunk, &argument);
    else
      work(&lists[i], 0, lists[i].count);
  }
}

static void copy(const delta_list *list, int64_t begin, int64_t end) {
  size_t bytes = element_bytes(list->dtype);
  memcpy((char *)list->copy + (size_t)begin * bytes,
         (const char *)list->weights + (size_t)begin * bytes,
         (size_t)(end - begin) * bytes);
}

static float widen(uint16_t bits) {
  uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof(value));
  return value;
}

/// To nearest, ties to even. A step leaves weights finite, but a difference of
/// such may overflow: to an infinity, which this keeps.
static uint16_t narrow(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  if ((bits & 0x7fffffff) > 0x7f800000) // a NaN of the host's own weights
    return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void subtract(const delta_list *list, int64_t begin, int64_t end) {
  if (list->dtype == STEEPEST_F32) {
    const float *from = list->weights, *to = list->copy;
    float *deltas = list->deltas;
    for (int64_t i = begin; i < end; ++i)
      deltas[i] = to[i] - from[i];
  } else if (list->dtype == STEEPEST_F64) {
    const double *from = list->weights, *to = list->copy;
    double *deltas = list->deltas;
    for (int64_t i = begin; i < end; ++i)
      deltas[i] = to[i] - from[i];
  } else {
    const uint16_t *from = list->weights, *to = list->copy;
    uint16_t *deltas = list->deltas;
    for (int64_t i = begin; i < end; ++i)
      deltas[i] = narrow(widen(to[i]) - widen(from[i]));
  }
}

void copy_weights(const steepest_context *context, const delta_list *lists,
                  int64_t num_lists) {
  run(context, lists, num_lists, copy);
}

void write_deltas(const steepest_context *context, const delta_list *lists,
                  int64_t num_lists) {
  run(context, lists, num_lists, subtract);
}
