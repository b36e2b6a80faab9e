//===- plans.h - optimizers on the GPUs of this process ---------*- C -*-===//
//
// An optimizer is loaded on a device by the first program that steps with it
// there, before XLA runs it, and stays loaded: programs come and go, and none
// knows of the others.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_JAX_PLANS_H
#define STEEPEST_JAX_PLANS_H

#include "CUDA/steepest_cuda.h"

/// The optimizer with what it has for GPUs; null for one of a CPU.
const steepest_cuda_optimizer *
optimizer_on_gpu(const steepest_optimizer *optimizer);

/// The optimizer on a device, whose context is current; or a refusal, of which
/// `said` tells more.
steepest_status find_plan(const steepest_cuda_optimizer *optimizer,
                          int32_t device, steepest_cuda_plan **plan);

#endif // STEEPEST_JAX_PLANS_H
