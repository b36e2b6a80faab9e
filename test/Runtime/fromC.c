/* A host in C: describes an optimizer by hand, asks for memory, steps once. */
#include "steepest.h"

#include <stdio.h>
#include <stdlib.h>

static int32_t descend(const steepest_kernel_arguments *arguments) {
  float *w = arguments->tensors[0].data;
  const float *g = arguments->tensors[1].data;
  for (int64_t i = 0; i < arguments->tensors[0].cols; ++i)
    w[i] -= (float)arguments->hypers[0] * g[i];
  return STEEPEST_OK;
}

static int64_t noWorkspace(const int64_t *dims, int64_t threads) {
  (void)dims;
  (void)threads;
  return 0;
}

static int64_t cost(const int64_t *dims) { return 2 * dims[1]; }

static const steepest_tensor_info tensors[] = {
    {"w",
     STEEPEST_PARAMETER,
     STEEPEST_F32,
     1,
     {-1, 0},
     0,
     STEEPEST_INITIAL_CONSTANT,
     0},
    {"g",
     STEEPEST_GRADIENT,
     STEEPEST_F32,
     1,
     {-1, 0},
     0,
     STEEPEST_INITIAL_CONSTANT,
     0},
};
static const steepest_hyper_info hypers[] = {{"lr", 0.5}};

const steepest_optimizer steepest_descend = {STEEPEST_ABI_VERSION,
                                             "descend",
                                             "x86-64",
                                             "",
                                             "",
                                             2,
                                             1,
                                             0,
                                             1,
                                             tensors,
                                             hypers,
                                             NULL,
                                             steepest_workspace_bytes,
                                             steepest_init,
                                             steepest_step,
                                             descend,
                                             noWorkspace,
                                             cost};

int main(void) {
  float w[3] = {1, 2, 3}, g[3] = {2, 2, 2};
  steepest_tensor views[2] = {{w, STEEPEST_F32, 1, {3}, {1}},
                              {g, STEEPEST_F32, 1, {3}, {1}}};
  steepest_pool *pool = steepest_pool_create(2);
  steepest_context context;
  steepest_context_init_pool(&context, pool);
  int64_t bytes = steepest_descend.workspace_bytes(&steepest_descend, views, 2,
                                                   context.threads);
  steepest_arguments arguments = {views, 2, 0, NULL, NULL, 0, NULL};
  arguments.workspace_bytes = (size_t)bytes;
  arguments.workspace = aligned_alloc(STEEPEST_WORKSPACE_ALIGNMENT, bytes);
  steepest_status status =
      steepest_descend.step(&steepest_descend, &context, &arguments);
  free(arguments.workspace);
  steepest_pool_destroy(pool);
  printf("%s: %g %g %g\n", steepest_status_name(status), w[0], w[1], w[2]);
  return !(status == STEEPEST_OK && w[0] == 0 && w[1] == 1 && w[2] == 2);
}
