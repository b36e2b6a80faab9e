//===- Support.c ----------------------------------------------------------===//

#include "Support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("gpt2: error: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

void *allocate(size_t bytes) {
  // aligned_alloc wants a multiple of the alignment.
  size_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  size_t padded = (bytes + alignment) / alignment * alignment;
  void *memory = padded > bytes ? aligned_alloc(alignment, padded) : NULL;
  if (!memory)
    fail("cannot allocate %zu bytes", bytes);
  return memset(memory, 0, padded);
}

real *allocate_reals(int64_t count) {
  return allocate((size_t)count * sizeof(real));
}

void for_tasks(const steepest_context *context, int64_t tasks,
               steepest_parallel_body body, void *argument) {
  if (context->threads > 1) {
    context->parallel_for(context->pool, tasks, body, argument);
    return;
  }
  for (int64_t task = 0; task < tasks; ++task)
    body(argument, task, 0);
}
