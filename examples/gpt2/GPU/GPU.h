//===- GPU.h - what the parts of a GPU know of it ---------------*- C -*-===//

#ifndef GPT2_GPU_GPU_H
#define GPT2_GPU_GPU_H

#include "../Device.h"
#include "CUDA/steepest_cuda.h"
#include "Driver.h"
#include "Kernels.h"

/// The kernels, by number.
enum {
#define KERNEL(name, shared_bytes) KERNEL_##name,
  GPT2_KERNELS(KERNEL)
#undef KERNEL
#define PRODUCT(name, tile, transpose_a, transpose_b) KERNEL_##name,
      GPT2_PRODUCTS(PRODUCT)
#undef PRODUCT
          GPT2_NUM_KERNELS
};

/// One compiled optimizer: its plan, and which tasks are its own.
typedef struct {
  const steepest_cuda_optimizer *optimizer;
  steepest_cuda_plan *plan;
  steepest_task *tasks;
  /// Of each task its number in the whole list, and its problems.
  int64_t *numbers, *problems;
  int64_t num_tasks;
  /// Where the statuses of its problems begin.
  int64_t first_status;
} gpu_rule;

/// A model has two rules.
enum { GPU_MAX_RULES = 2 };

typedef struct {
  gpt2_device base;
  cuda_driver driver;
  int device;
  /// Kernels and steps.
  cuda_stream stream;
  int64_t processors;
  cuda_handle library, kernels[GPT2_NUM_KERNELS];
  // Of steps.
  gpu_rule rules[GPU_MAX_RULES];
  int num_rules;
  void *workspace;
  size_t workspace_bytes;
  int32_t *statuses, *read_statuses;
  int64_t num_statuses;
} gpu_device;

extern const gpt2_layers gpu_layers;
extern const gpt2_steps gpu_steps;

/// Ends the program unless `result` is 0: "cannot <what> on cuda:0 (...)".
void gpu_check(gpu_device *gpu, int result, const char *what);

#endif // GPT2_GPU_GPU_H
