/* Steps once with the rule of optimizer.mlir and checks the result: with
   gradient (3, 4)/1 the direction is (0.6, 0.8). */
#include "rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const steepest_optimizer *optimizer = steepest_ngd();
  float weight[2] = {1.0f, 1.0f}, gradient[2] = {3.0f, 4.0f};
  steepest_tensor tensors[2] = {
      {weight, STEEPEST_F32, 2, {1, 2}, {2, 1}},
      {gradient, STEEPEST_F32, 2, {1, 2}, {2, 1}},
  };
  steepest_context context;
  steepest_context_init_serial(&context);
  int64_t bytes = optimizer->workspace_bytes(optimizer, tensors, 2, 1);
  if (bytes < 0)
    return 1;
  /* aligned_alloc wants a multiple of the alignment. */
  size_t size = ((size_t)bytes / STEEPEST_WORKSPACE_ALIGNMENT + 1) *
                STEEPEST_WORKSPACE_ALIGNMENT;
  steepest_certificate certificate;
  steepest_arguments arguments = {0};
  arguments.tensors = tensors;
  arguments.num_tensors = 2;
  arguments.num_hypers = optimizer->num_hypers;
  arguments.workspace = aligned_alloc(STEEPEST_WORKSPACE_ALIGNMENT, size);
  arguments.workspace_bytes = size;
  arguments.certificates = &certificate;
  steepest_status status = optimizer->step(optimizer, &context, &arguments);
  free(arguments.workspace);
  printf("%s: %s\n", optimizer->name, steepest_status_name(status));
  /* lr is 0.5; float32 leaves a few units in the last place. */
  if (status != STEEPEST_OK || fabsf(weight[0] - 0.7f) > 1e-6f ||
      fabsf(weight[1] - 0.6f) > 1e-6f || certificate.gap > 1e-6) {
    printf("wrong: %.9g %.9g, gap %g\n", weight[0], weight[1], certificate.gap);
    return 1;
  }
  puts("consumer works");
  return 0;
}
