//===- plans.c ------------------------------------------------------------===//

#include "plans.h"
#include "registry.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PLANS = 16384 };

static struct {
  const steepest_cuda_optimizer *optimizer;
  int32_t device;
  steepest_cuda_plan *plan;
} plans[MAX_PLANS];
static int num_plans;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static char driver[1024];

/// The library of the driver. Returns 0 when its path is too long.
EXPORT int steepest_xla_use_driver(const char *file) {
  if (strlen(file) >= sizeof(driver))
    return 0;
  strcpy(driver, file);
  return 1;
}

const steepest_cuda_optimizer *
optimizer_on_gpu(const steepest_optimizer *optimizer) {
  return strncmp(optimizer->target, "cuda", 4) == 0
             ? (const steepest_cuda_optimizer *)optimizer
             : NULL;
}

/// What is known already, or null. Entries do not change once they are there.
static steepest_cuda_plan *known_plan(const steepest_cuda_optimizer *optimizer,
                                      int32_t device) {
  int count = __atomic_load_n(&num_plans, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; ++i)
    if (plans[i].optimizer == optimizer && plans[i].device == device)
      return plans[i].plan;
  return NULL;
}

steepest_status find_plan(const steepest_cuda_optimizer *optimizer,
                          int32_t device, steepest_cuda_plan **plan) {
  *plan = known_plan(optimizer, device);
  if (*plan)
    return STEEPEST_OK;
  steepest_context context = {0};
  listen(&context);
  steepest_cuda_log log = {context.log, context.log_user};
  pthread_mutex_lock(&lock);
  *plan = known_plan(optimizer, device);
  steepest_status status = STEEPEST_OK;
  if (!*plan && num_plans == MAX_PLANS) {
    status = STEEPEST_OUT_OF_MEMORY;
    log.log(log.log_user, status, "too many optimizers on GPUs");
  } else if (!*plan) {
    status = optimizer->create_plan(plan, optimizer, driver, &log);
    if (!status) {
      plans[num_plans].optimizer = optimizer;
      plans[num_plans].device = device;
      plans[num_plans].plan = *plan;
      __atomic_store_n(&num_plans, num_plans + 1, __ATOMIC_RELEASE);
    }
  }
  pthread_mutex_unlock(&lock);
  return status;
}
