//===- Steps.c - steps on a GPU -------------------------------------------===//
//
// The tasks of a rule are one call of its `step_many`, on the stream of the
// kernels. Statuses come back once all rules are under way.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include <stdlib.h>
#include <string.h>

/// As many problems of a list are worked on at once, if there are so many.
enum { TEAMS = 32 };

static steepest_context context_of(gpu_device *gpu, gpu_rule *rule,
                                   steepest_cuda_launch *launch) {
  *launch = (steepest_cuda_launch){
      .plan = rule->plan,
      .stream = gpu->stream,
      .statuses = gpu->statuses ? gpu->statuses + rule->first_status : NULL};
  steepest_context context;
  steepest_context_init_cuda(&context, launch);
  context.log = gpu->base.context->log;
  context.log_user = gpu->base.context->log_user;
  return context;
}

/// The rule of a descriptor, which is loaded when it is first asked for.
static steepest_cuda_log log_of(const gpu_device *gpu) {
  const steepest_context *context = gpu->base.context;
  return (steepest_cuda_log){context->log, context->log_user};
}

static gpu_rule *find_rule(gpu_device *gpu,
                           const steepest_optimizer *descriptor) {
  for (int i = 0; i < gpu->num_rules; ++i)
    if (&gpu->rules[i].optimizer->base == descriptor)
      return &gpu->rules[i];
  if (strncmp(descriptor->target, "cuda", 4) != 0 ||
      gpu->num_rules == GPU_MAX_RULES)
    fail("%s: expects one of %d optimizers compiled for cuda, got one for %s",
         descriptor->name, GPU_MAX_RULES, descriptor->target);
  gpu_rule *rule = &gpu->rules[gpu->num_rules++];
  rule->optimizer = (const steepest_cuda_optimizer *)descriptor;
  steepest_cuda_log log = log_of(gpu);
  steepest_status status = rule->optimizer->create_plan(
      &rule->plan, rule->optimizer, driver_file(), &log);
  if (status != STEEPEST_OK)
    fail("%s: cannot be loaded on %s: %s", descriptor->name, gpu->base.name,
         steepest_status_name(status));
  return rule;
}

static steepest_status initialise(gpt2_device *device,
                                  const steepest_optimizer *descriptor,
                                  const steepest_tensor *tensors) {
  gpu_device *gpu = (gpu_device *)device;
  steepest_cuda_launch launch;
  steepest_context context =
      context_of(gpu, find_rule(gpu, descriptor), &launch);
  return descriptor->init(descriptor, &context, tensors,
                          descriptor->num_tensors);
}

/// Gathers the tasks of a rule; what it needs of the workspace.
static size_t gather(gpu_device *gpu, gpu_rule *rule,
                     const steepest_task *tasks, int64_t num_tasks) {
  rule->tasks = allocate((size_t)num_tasks * sizeof(*rule->tasks));
  rule->numbers = allocate((size_t)num_tasks * sizeof(*rule->numbers));
  rule->problems = allocate((size_t)num_tasks * sizeof(*rule->problems));
  rule->first_status = gpu->num_statuses;
  for (int64_t i = 0; i < num_tasks; ++i) {
    if (tasks[i].optimizer != &rule->optimizer->base)
      continue;
    rule->tasks[rule->num_tasks] = tasks[i];
    rule->numbers[rule->num_tasks] = i;
    // The tensors of a parameter are lists of problems.
    int64_t problems = tasks[i].arguments.tensors->shape[0];
    rule->problems[rule->num_tasks++] = problems;
    gpu->num_statuses += problems;
  }
  int64_t problems = gpu->num_statuses - rule->first_status;
  int64_t bytes = rule->optimizer->step_many_bytes(
      rule->optimizer, rule->tasks, rule->num_tasks,
      (int32_t)(problems < TEAMS ? problems : TEAMS));
  if (bytes < 0)
    fail("%s takes no matrices of these shapes", rule->optimizer->base.name);
  return (size_t)bytes;
}

static void prepare(gpt2_device *device, const steepest_task *tasks,
                    int64_t num_tasks) {
  gpu_device *gpu = (gpu_device *)device;
  for (int i = 0; i < gpu->num_rules; ++i) {
    size_t bytes = gather(gpu, &gpu->rules[i], tasks, num_tasks);
    // Rules step one after the other.
    if (bytes > gpu->workspace_bytes)
      gpu->workspace_bytes = bytes;
  }
  size_t status_bytes = (size_t)gpu->num_statuses * sizeof(int32_t);
  gpu->statuses = device->memory->allocate(device, status_bytes);
  gpu->read_statuses = allocate(status_bytes);
  gpu->workspace = device->memory->allocate(device, gpu->workspace_bytes);
  const gpu_rule *rule = &gpu->rules[0];
  steepest_cuda_log log = log_of(gpu);
  steepest_status status = rule->optimizer->prepare(
      rule->plan, gpu->workspace, gpu->workspace_bytes, gpu->stream, &log);
  if (status != STEEPEST_OK)
    fail("cannot prepare the workspace on %s: %s", device->name,
         steepest_status_name(status));
}

/// Of one rule: how its tasks ended, from the statuses of their problems.
static void take_statuses(const gpu_device *gpu, const gpu_rule *rule,
                          steepest_task *tasks) {
  const int32_t *statuses = gpu->read_statuses + rule->first_status;
  for (int64_t i = 0; i < rule->num_tasks; ++i) {
    steepest_task *task = &tasks[rule->numbers[i]];
    task->status = rule->tasks[i].status;
    // One that was refused has no statuses.
    if (task->status != STEEPEST_OK)
      continue;
    for (int64_t j = 0; j < rule->problems[i]; ++j)
      if (task->status == STEEPEST_OK)
        task->status = (steepest_status)statuses[j];
    statuses += rule->problems[i];
  }
}

static steepest_status step(gpt2_device *device, steepest_task *tasks,
                            int64_t num_tasks) {
  gpu_device *gpu = (gpu_device *)device;
  steepest_status first = STEEPEST_OK;
  for (int i = 0; i < gpu->num_rules; ++i) {
    gpu_rule *rule = &gpu->rules[i];
    steepest_cuda_launch launch;
    steepest_context context = context_of(gpu, rule, &launch);
    steepest_status status = rule->optimizer->step_many(
        rule->optimizer, &context, rule->tasks, rule->num_tasks, gpu->workspace,
        gpu->workspace_bytes);
    if (first == STEEPEST_OK)
      first = status;
  }
  device->memory->read(device, gpu->read_statuses, gpu->statuses,
                       (size_t)gpu->num_statuses * sizeof(int32_t));
  for (int i = 0; i < gpu->num_rules; ++i)
    take_statuses(gpu, &gpu->rules[i], tasks);
  for (int64_t i = 0; i < num_tasks; ++i)
    if (first == STEEPEST_OK)
      first = tasks[i].status;
  return first;
}

static void finish(gpt2_device *device) {
  gpu_device *gpu = (gpu_device *)device;
  for (int i = 0; i < gpu->num_rules; ++i) {
    gpu_rule *rule = &gpu->rules[i];
    rule->optimizer->destroy_plan(rule->plan);
    free(rule->tasks);
    free(rule->numbers);
    free(rule->problems);
  }
  device->memory->release(device, gpu->statuses);
  device->memory->release(device, gpu->workspace);
  free(gpu->read_statuses);
}

const gpt2_steps gpu_steps = {.initialise = initialise,
                              .prepare = prepare,
                              .step = step,
                              .finish = finish};
