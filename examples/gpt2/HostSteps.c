//===- HostSteps.c - steps on the processor -------------------------------===//

#include "Device.h"

#include <stdlib.h>

static steepest_status initialise(gpt2_device *device,
                                  const steepest_optimizer *descriptor,
                                  const steepest_tensor *tensors) {
  return descriptor->init(descriptor, device->context, tensors,
                          descriptor->num_tensors);
}

static void prepare(gpt2_device *device, const steepest_task *tasks,
                    int64_t num_tasks) {
  int64_t bytes = steepest_step_many_bytes(tasks, num_tasks,
                                           device->context->threads, NULL);
  if (bytes < 0)
    fail("the optimizers do not run on this processor (%s) or take no matrices "
         "of these shapes",
         tasks->optimizer->target);
  gpt2_host *host = (gpt2_host *)device;
  host->workspace_bytes = (size_t)bytes;
  host->workspace = allocate((size_t)bytes);
}

static steepest_status step(gpt2_device *device, steepest_task *tasks,
                            int64_t num_tasks) {
  gpt2_host *host = (gpt2_host *)device;
  return steepest_step_many_within(device->context, tasks, num_tasks,
                                   host->workspace, host->workspace_bytes);
}

static void finish(gpt2_device *device) {
  free(((gpt2_host *)device)->workspace);
}

const gpt2_steps host_steps = {.initialise = initialise,
                               .prepare = prepare,
                               .step = step,
                               .finish = finish};
