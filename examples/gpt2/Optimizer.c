//===- Optimizer.c --------------------------------------------------------===//

#include "Optimizer.h"

#include <stdlib.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

void rule_create(gpt2_rule *rule, const steepest_optimizer *descriptor) {
  memset(rule, 0, sizeof(*rule));
  rule->descriptor = descriptor;
  if (descriptor->abi_version != STEEPEST_ABI_VERSION)
    fail("%s: expects ABI version %d, got %d", descriptor->name,
         STEEPEST_ABI_VERSION, descriptor->abi_version);
  if (descriptor->num_tensors > GPT2_MAX_TENSORS ||
      descriptor->num_hypers > GPT2_MAX_HYPERS)
    fail("%s: expects at most %d tensors and %d hyper-parameters, got %d and "
         "%d",
         descriptor->name, GPT2_MAX_TENSORS, GPT2_MAX_HYPERS,
         descriptor->num_tensors, descriptor->num_hypers);
  int parameters = 0, gradients = 0;
  for (int i = 0; i < descriptor->num_tensors; ++i) {
    const steepest_tensor_info *info = &descriptor->tensors[i];
    if (info->role == STEEPEST_STATE)
      continue;
    parameters += info->role == STEEPEST_PARAMETER;
    gradients += info->role == STEEPEST_GRADIENT;
    if (info->rank != 2 || info->dtype != STEEPEST_F32)
      fail("%s: expects '%s' to be a matrix of f32", descriptor->name,
           info->name);
  }
  if (parameters != 1 || gradients != 1)
    fail("%s: expects one parameter and one gradient, got %d and %d",
         descriptor->name, parameters, gradients);
  for (int i = 0; i < descriptor->num_hypers; ++i)
    rule->hypers[i] = descriptor->hypers[i].default_value;
}

void rule_set(gpt2_rule *rule, const char *name, double value) {
  const steepest_optimizer *descriptor = rule->descriptor;
  char known[512] = "";
  for (int i = 0; i < descriptor->num_hypers; ++i) {
    if (strcmp(descriptor->hypers[i].name, name) == 0) {
      rule->hypers[i] = value;
      return;
    }
    strncat(known, " ", sizeof(known) - strlen(known) - 1);
    strncat(known, descriptor->hypers[i].name,
            sizeof(known) - strlen(known) - 1);
  }
  fail("%s has no hyper-parameter '%s'; it has:%s", descriptor->name, name,
       known);
}

void rule_compiled_for(gpt2_rule *rule, const steepest_optimizer *descriptor) {
  gpt2_rule other;
  rule_create(&other, descriptor);
  const steepest_optimizer *old = rule->descriptor;
  int is_same = strcmp(descriptor->name, old->name) == 0 &&
                descriptor->num_hypers == old->num_hypers;
  for (int i = 0; is_same && i < old->num_hypers; ++i)
    is_same = strcmp(descriptor->hypers[i].name, old->hypers[i].name) == 0;
  if (!is_same)
    fail("expects %s for %s, got %s", old->name, descriptor->target,
         descriptor->name);
  rule->descriptor = descriptor;
}

/// `lr`, times `scale`; the others as they are.
static void scale_rate(gpt2_rule *rule, double scale) {
  for (int i = 0; i < rule->descriptor->num_hypers; ++i)
    rule->scaled[i] = strcmp(rule->descriptor->hypers[i].name, "lr") == 0
                          ? scale * rule->hypers[i]
                          : rule->hypers[i];
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static int64_t count_elements(const steepest_tensor *tensor) {
  int64_t elements = 1;
  for (int d = 0; d < tensor->rank; ++d)
    elements *= tensor->shape[d];
  return elements;
}

size_t tensor_bytes(const steepest_tensor *tensor) {
  size_t size = tensor->dtype == STEEPEST_F64   ? 8
                : tensor->dtype == STEEPEST_F32 ? 4
                                                : 2;
  return (size_t)count_elements(tensor) * size;
}

static void set_dense_strides(steepest_tensor *tensor) {
  int64_t stride = 1;
  for (int d = tensor->rank; d-- > 0;) {
    tensor->strides[d] = stride;
    stride *= tensor->shape[d];
  }
}

/// A list of problems as one tensor whose first dimension is the batch.
static steepest_tensor parameter_tensor(const gpt2_parameter *parameter,
                                        real *data) {
  steepest_tensor tensor = {
      .data = data,
      .dtype = STEEPEST_F32,
      .rank = 3,
      .shape = {parameter->problems, parameter->rows, parameter->columns}};
  set_dense_strides(&tensor);
  return tensor;
}

/// A state of every problem, with extents that follow from those of `like`.
static steepest_tensor state_tensor(gpt2_device *device,
                                    const steepest_tensor_info *info,
                                    const steepest_tensor *like,
                                    int64_t problems) {
  steepest_tensor tensor = {.dtype = info->dtype, .rank = info->rank + 1};
  tensor.shape[0] = problems;
  for (int d = 0; d < info->rank; ++d) {
    int64_t extent = info->shape[d];
    // -1: the same dimension; -2, -3: the first, the second.
    tensor.shape[d + 1] = extent >= 0    ? extent
                          : extent == -1 ? like->shape[d + 1]
                                         : like->shape[-1 - extent];
  }
  set_dense_strides(&tensor);
  tensor.data = device->memory->allocate(device, tensor_bytes(&tensor));
  return tensor;
}

//===----------------------------------------------------------------------===//
// Optimizer
//===----------------------------------------------------------------------===//

static size_t certificate_bytes(const gpt2_entry *entry) {
  return (size_t)entry->num_certificates * sizeof(steepest_certificate);
}

static void entry_create(gpt2_entry *entry, gpt2_device *device,
                         const gpt2_rule *rule,
                         const gpt2_parameter *parameter) {
  const steepest_optimizer *descriptor = rule->descriptor;
  entry->rule = rule;
  entry->parameter = parameter;
  for (int i = 0; i < descriptor->num_tensors; ++i) {
    const steepest_tensor_info *info = &descriptor->tensors[i];
    if (info->role == STEEPEST_PARAMETER) {
      entry->tensors[i] = parameter_tensor(parameter, parameter->value);
    } else if (info->role == STEEPEST_GRADIENT) {
      entry->tensors[i] = parameter_tensor(parameter, parameter->gradient);
    } else {
      if (info->rank > 0 && info->like >= i)
        fail("%s: the shape of state '%s' follows from no parameter",
             descriptor->name, info->name);
      entry->tensors[i] = state_tensor(
          device, info, info->rank > 0 ? &entry->tensors[info->like] : NULL,
          parameter->problems);
    }
  }
  steepest_status status =
      device->steps->initialise(device, descriptor, entry->tensors);
  if (status != STEEPEST_OK)
    fail("%s, %s: cannot initialise the states: %s", descriptor->name,
         parameter->name, steepest_status_name(status));
  entry->num_certificates = parameter->problems * descriptor->num_directions;
  entry->certificates =
      device->memory->allocate(device, certificate_bytes(entry));
}

void optimizer_create(gpt2_optimizer *optimizer, const gpt2_model *model,
                      gpt2_rule *matrices, gpt2_rule *rest) {
  gpt2_device *device = model->device;
  memset(optimizer, 0, sizeof(*optimizer));
  optimizer->device = device;
  optimizer->matrices = matrices;
  optimizer->rest = rest;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_entry *entry = &optimizer->entries[i];
    const gpt2_parameter *parameter = &model->parameters[i];
    entry_create(entry, device, parameter->is_hidden_matrix ? matrices : rest,
                 parameter);
    optimizer->tasks[i] = (steepest_task){
        .optimizer = entry->rule->descriptor,
        .arguments = {.tensors = entry->tensors,
                      .num_tensors = entry->rule->descriptor->num_tensors,
                      .num_hypers = entry->rule->descriptor->num_hypers,
                      .hypers = entry->rule->scaled,
                      .certificates = entry->certificates}};
  }
  device->steps->prepare(device, optimizer->tasks, GPT2_PARAMETERS);
}

void optimizer_destroy(gpt2_optimizer *optimizer) {
  gpt2_device *device = optimizer->device;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    gpt2_entry *entry = &optimizer->entries[i];
    const steepest_optimizer *descriptor = entry->rule->descriptor;
    for (int j = 0; j < descriptor->num_tensors; ++j)
      if (descriptor->tensors[j].role == STEEPEST_STATE)
        device->memory->release(device, entry->tensors[j].data);
    device->memory->release(device, entry->certificates);
  }
  device->steps->finish(device);
}

void optimizer_step(gpt2_optimizer *optimizer, double scale) {
  gpt2_device *device = optimizer->device;
  scale_rate(optimizer->matrices, scale);
  scale_rate(optimizer->rest, scale);
  steepest_status status =
      device->steps->step(device, optimizer->tasks, GPT2_PARAMETERS);
  if (status == STEEPEST_OK)
    return;
  for (int i = 0; i < GPT2_PARAMETERS; ++i)
    if (optimizer->tasks[i].status != STEEPEST_OK)
      fail("%s, %s: %s", optimizer->tasks[i].optimizer->name,
           optimizer->entries[i].parameter->name,
           steepest_status_name(optimizer->tasks[i].status));
  fail("the step was refused: %s", steepest_status_name(status));
}

double optimizer_gap(const gpt2_optimizer *optimizer) {
  gpt2_device *device = optimizer->device;
  double gap = -1;
  for (int i = 0; i < GPT2_PARAMETERS; ++i) {
    const gpt2_entry *entry = &optimizer->entries[i];
    if (!entry->parameter->is_hidden_matrix || !entry->num_certificates)
      continue;
    steepest_certificate *read = allocate(certificate_bytes(entry));
    device->memory->read(device, read, entry->certificates,
                         certificate_bytes(entry));
    for (int64_t j = 0; j < entry->num_certificates; ++j)
      if (read[j].gap > gap)
        gap = read[j].gap;
    free(read);
  }
  return gap;
}
