/* Counts what a step allocates: this program's malloc stands in for the C
   library's in everything that it loads.

     allocation OPTIMIZER.so NAME ROWS COLUMNS */

#include "runtime/steepest.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static long calls;
void *malloc(size_t bytes) {
  ++calls;
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  ++calls;
  return __libc_calloc(count, bytes);
}
void *realloc(void *memory, size_t bytes) {
  ++calls;
  return __libc_realloc(memory, bytes);
}
void free(void *memory) {
  ++calls;
  __libc_free(memory);
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 5)
    fail("usage: allocation OPTIMIZER.so NAME ROWS COLUMNS");
  void *library = dlopen(argv[1], RTLD_NOW);
  if (!library)
    fail(dlerror());
  char symbol[256];
  snprintf(symbol, sizeof(symbol), "steepest_%s", argv[2]);
  const steepest_optimizer *(*accessor)(void) =
      (const steepest_optimizer *(*)(void))dlsym(library, symbol);
  if (!accessor)
    fail(dlerror());
  const steepest_optimizer *optimizer = accessor();
  int64_t shape[2] = {atoll(argv[3]), atoll(argv[4])};

  steepest_tensor tensors[16];
  memset(tensors, 0, sizeof(tensors));
  for (int i = 0; i < optimizer->num_tensors; ++i) {
    tensors[i].dtype = optimizer->tensors[i].dtype;
    tensors[i].rank = optimizer->tensors[i].rank;
    for (int d = 0; d < tensors[i].rank; ++d)
      tensors[i].shape[d] = shape[d];
    tensors[i].strides[0] = tensors[i].rank == 2 ? shape[1] : 1;
    tensors[i].strides[1] = 1;
    float *data = calloc((size_t)(shape[0] * shape[1]), sizeof(double));
    tensors[i].data = data;
    if (optimizer->tensors[i].role == STEEPEST_PARAMETER) /* orthonormal */
      for (int64_t k = 0; k < shape[0] && k < shape[1]; ++k)
        data[k * shape[1] + k] = 1;
    if (optimizer->tensors[i].role == STEEPEST_GRADIENT)
      for (int64_t k = 0; k < shape[0] * shape[1]; ++k)
        data[k] = (float)((k * 2654435761u) % 1000u) / 500.0f - 1.0f;
  }
  steepest_context context = {.abi_version = STEEPEST_ABI_VERSION, .threads = 1};
  if (optimizer->init(optimizer, &context, tensors, optimizer->num_tensors))
    fail("init failed");
  steepest_arguments arguments = {0};
  arguments.tensors = tensors;
  arguments.num_tensors = optimizer->num_tensors;
  arguments.num_hypers = optimizer->num_hypers;
  int64_t bytes = optimizer->workspace_bytes(optimizer, tensors,
                                             optimizer->num_tensors, 1);
  if (bytes < 0)
    fail("no workspace for these shapes");
  arguments.workspace_bytes = (size_t)bytes;
  arguments.workspace = aligned_alloc(
      STEEPEST_WORKSPACE_ALIGNMENT,
      (size_t)(bytes / STEEPEST_WORKSPACE_ALIGNMENT + 1) *
          STEEPEST_WORKSPACE_ALIGNMENT);

  /* The first step may bind symbols and start LAPACK. */
  for (int step = 0; step < 3; ++step) {
    long before = calls;
    steepest_status status = optimizer->step(optimizer, &context, &arguments);
    long made = calls - before;
    if (status)
      fail("the step failed");
    if (step > 0)
      printf("step %d: %ld allocations\n", step, made);
  }
  return 0;
}
