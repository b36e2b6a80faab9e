//===- call.c -------------------------------------------------------------===//

#include "call.h"
#include "registry.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

XLA_FFI_Error *make_error(const XLA_FFI_CallFrame *frame,
                          XLA_FFI_Error_Code code, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  XLA_FFI_Error_Create_Args args = {.struct_size =
                                        XLA_FFI_Error_Create_Args_STRUCT_SIZE,
                                    .message = message,
                                    .errc = code};
  return frame->api->XLA_FFI_Error_Create(&args);
}

int answers_metadata(XLA_FFI_CallFrame *frame, XLA_FFI_Handler_Traits traits) {
  if (!frame->extension_start ||
      frame->extension_start->type != XLA_FFI_Extension_Metadata)
    return 0;
  XLA_FFI_Metadata *metadata =
      ((XLA_FFI_Metadata_Extension *)frame->extension_start)->metadata;
  metadata->api_version.major_version = XLA_FFI_API_MAJOR;
  metadata->api_version.minor_version = XLA_FFI_API_MINOR;
  metadata->traits = traits;
  return 1;
}

const void *find_attribute(const XLA_FFI_CallFrame *frame, const char *name) {
  const XLA_FFI_Attrs *attrs = &frame->attrs;
  for (int64_t i = 0; i < attrs->size; ++i)
    if (attrs->names[i]->len == strlen(name) &&
        memcmp(attrs->names[i]->ptr, name, attrs->names[i]->len) == 0)
      return attrs->attrs[i];
  return NULL;
}

/// Takes the next line of a text.
static XLA_FFI_ByteSpan next_line(XLA_FFI_ByteSpan *text) {
  const char *end = memchr(text->ptr, '\n', text->len);
  size_t length = end ? (size_t)(end - text->ptr) : text->len;
  XLA_FFI_ByteSpan line = {text->ptr, length};
  text->ptr += length + (end != NULL);
  text->len -= length + (end != NULL);
  return line;
}

XLA_FFI_ByteSpan line_of(XLA_FFI_ByteSpan text, int64_t index) {
  XLA_FFI_ByteSpan line = next_line(&text);
  while (index-- > 0)
    line = next_line(&text);
  return line;
}

void *take(call *c, size_t bytes) {
  bytes = (bytes + STEEPEST_WORKSPACE_ALIGNMENT - 1) /
          STEEPEST_WORKSPACE_ALIGNMENT * STEEPEST_WORKSPACE_ALIGNMENT;
  if (bytes > c->room_bytes)
    return NULL;
  void *memory = c->room;
  c->room += bytes;
  c->room_bytes -= bytes;
  return memory;
}

int64_t count_elements(const XLA_FFI_Buffer *buffer, int64_t dims) {
  int64_t elements = 1;
  for (int64_t d = 0; d < dims; ++d)
    elements *= buffer->dims[d];
  return elements;
}

static size_t element_bytes(steepest_dtype dtype) {
  return dtype == STEEPEST_F64 ? 8 : dtype == STEEPEST_F32 ? 4 : 2;
}

const XLA_FFI_Buffer *argument_of(const call *c, int64_t index) {
  return index < c->frame->args.size ? c->frame->args.args[index] : NULL;
}

const XLA_FFI_Buffer *result_of(const call *c, int64_t index) {
  return index < c->frame->rets.size ? c->frame->rets.rets[index] : NULL;
}

int64_t count_parts(const call *c, int64_t rule) {
  int64_t parts = 1, first = c->first_hyper[rule];
  for (int64_t i = 0; i < c->num_traced; ++i) {
    const XLA_FFI_Buffer *buffer = argument_of(c, i);
    int64_t elements = count_elements(buffer, buffer->rank);
    if (c->traced[i] >= first &&
        c->traced[i] < first + c->rules[rule]->num_hypers && elements > parts)
      parts = elements;
  }
  return parts;
}

/// The hyper-parameters of a rule for one of `parts` parts of the batch. One
/// that has fewer elements belongs to outer dimensions of the batch.
static void fill_hypers(const call *c, int64_t rule, int64_t part,
                        int64_t parts, double *hypers) {
  int64_t first = c->first_hyper[rule], count = c->rules[rule]->num_hypers;
  memcpy(hypers, c->hypers + first, (size_t)count * sizeof(double));
  for (int64_t i = 0; i < c->num_traced; ++i) {
    int64_t index = c->traced[i] - first;
    if (index < 0 || index >= count)
      continue;
    const XLA_FFI_Buffer *buffer = argument_of(c, i);
    int64_t elements = count_elements(buffer, buffer->rank);
    int64_t element = elements == 0 ? 0 : part * elements / parts;
    hypers[index] = buffer->dtype == XLA_FFI_DataType_F64
                        ? ((const double *)buffer->data)[element]
                        : ((const float *)buffer->data)[element];
  }
}

/// What messages call entry `e`.
static XLA_FFI_ByteSpan entry_name(const call *c, int64_t e) {
  const XLA_FFI_ByteSpan *names = find_attribute(c->frame, "names");
  return names ? line_of(*names, e) : (XLA_FFI_ByteSpan){"", 0};
}

/// An error for a hyper-parameter of entry `e` that is no finite number, or
/// null. What it would make of the parameters cannot be undone.
static XLA_FFI_Error *check_hypers(const call *c, int64_t e,
                                   const double *hypers) {
  const steepest_optimizer *optimizer = c->rules[c->entries[e]];
  for (int64_t i = 0; i < optimizer->num_hypers; ++i)
    if (!isfinite(hypers[i])) {
      XLA_FFI_ByteSpan name = entry_name(c, e);
      return make_error(
          c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
          "steepest: %s of %.*s: expects a finite number for '%s', got %g",
          optimizer->name, (int)name.len, name.ptr, optimizer->hypers[i].name,
          hypers[i]);
    }
  return NULL;
}

/// One part of a buffer, whose last `rank` dimensions are a problem's, as the
/// tensor that `info` declares.
static steepest_tensor part_of(const steepest_tensor_info *info,
                               const XLA_FFI_Buffer *buffer, int64_t rank,
                               void *data, int64_t part, int64_t parts) {
  steepest_tensor tensor = {.dtype = info->dtype, .rank = info->rank};
  int64_t batch_dims = buffer->rank - rank;
  int64_t batch = count_elements(buffer, batch_dims) / parts;
  int64_t stride = 1, missing = info->rank - rank;
  int32_t offset = batch_dims > 0;
  for (int32_t d = info->rank; d-- > 0;) {
    tensor.shape[d + offset] =
        d < missing ? 1 : buffer->dims[batch_dims + d - missing];
    tensor.strides[d + offset] = stride;
    stride *= tensor.shape[d + offset];
  }
  if (offset) {
    tensor.rank += 1;
    tensor.shape[0] = batch;
    tensor.strides[0] = stride;
  }
  tensor.data = (char *)data +
                (size_t)(part * batch * stride) * element_bytes(info->dtype);
  return tensor;
}

XLA_FFI_Error *no_room(const call *c) {
  return make_error(c->frame, XLA_FFI_Error_Code_INTERNAL,
                    "steepest: the workspace is too small");
}

XLA_FFI_Error *open_entry(call *c, int64_t e, int64_t parts,
                          entry_tasks *entry) {
  const steepest_optimizer *optimizer = c->rules[c->entries[e]];
  // The ranks are those of the operands after the hyper-parameters.
  const int64_t *ranks = c->ranks + c->argument - c->num_traced;
  const XLA_FFI_Buffer *first = argument_of(c, c->argument);
  int64_t problems = count_elements(first, first->rank - ranks[0]);
  int64_t n = optimizer->num_tensors;
  *entry = (entry_tasks){
      .optimizer = optimizer,
      .ranks = ranks,
      .parts = parts,
      .problems = problems,
      .rows_per_part = problems / parts * optimizer->num_directions,
      .tensors = take(c, (size_t)(n * parts) * sizeof(steepest_tensor))};
  if (!entry->tensors)
    return no_room(c);
  if (problems % parts == 0 && (parts == 1 || first->rank > ranks[0]))
    return NULL;
  return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                    "steepest: expects a batch of %lld hyper-parameters to "
                    "divide one of %lld problems",
                    (long long)parts, (long long)problems);
}

void add_tensor(const entry_tasks *entry, int64_t t,
                const XLA_FFI_Buffer *buffer, void *data) {
  int64_t n = entry->optimizer->num_tensors;
  for (int64_t part = 0; part < entry->parts; ++part)
    entry->tensors[part * n + t] =
        part_of(&entry->optimizer->tensors[t], buffer, entry->ranks[t], data,
                part, entry->parts);
}

steepest_task task_of(const entry_tasks *entry, int64_t part,
                      const double *hypers,
                      steepest_certificate *certificates) {
  const steepest_optimizer *optimizer = entry->optimizer;
  return (steepest_task){
      .optimizer = optimizer,
      .arguments = {.tensors = entry->tensors + part * optimizer->num_tensors,
                    .num_tensors = optimizer->num_tensors,
                    .num_hypers = optimizer->num_hypers,
                    .hypers = hypers,
                    .certificates =
                        certificates + part * entry->rows_per_part}};
}

XLA_FFI_Error *add_entry(call *c, int64_t e, steepest_task *tasks,
                         int64_t *num_tasks, certificate_list *list) {
  int64_t rule = c->entries[e], parts = count_parts(c, rule);
  entry_tasks entry;
  XLA_FFI_Error *error = open_entry(c, e, parts, &entry);
  if (error)
    return error;

  // Parameters and states are stepped where the results are; parameters that
  // stay, in copies.
  const steepest_optimizer *optimizer = entry.optimizer;
  double *hypers =
      take(c, (size_t)(optimizer->num_hypers * parts) * sizeof(double));
  steepest_certificate *certificates = take(
      c, (size_t)(entry.rows_per_part * parts) * sizeof(steepest_certificate));
  if (!hypers || !certificates)
    return no_room(c);
  for (int64_t t = 0; t < optimizer->num_tensors; ++t) {
    const steepest_tensor_info *info = &optimizer->tensors[t];
    const XLA_FFI_Buffer *buffer = argument_of(c, c->argument++);
    void *data = buffer->data;
    if (info->role == STEEPEST_PARAMETER && c->deltas) {
      int64_t count = count_elements(buffer, buffer->rank);
      data = take(c, (size_t)count * element_bytes(info->dtype));
      if (!data)
        return no_room(c);
      c->deltas[c->num_deltas++] =
          (delta_list){buffer->data, data, result_of(c, c->result++)->data,
                       count, info->dtype};
    } else if (info->role != STEEPEST_GRADIENT) {
      data = result_of(c, c->result++)->data;
      if (data != buffer->data)
        memcpy(data, buffer->data,
               (size_t)count_elements(buffer, buffer->rank) *
                   element_bytes(info->dtype));
    }
    add_tensor(&entry, t, buffer, data);
  }
  for (int64_t part = 0; part < parts; ++part) {
    double *own = hypers + part * optimizer->num_hypers;
    fill_hypers(c, rule, part, parts, own);
    if ((error = check_hypers(c, e, own)))
      return error;
    tasks[part] = task_of(&entry, part, own, certificates);
  }
  *num_tasks = parts;
  *list = (certificate_list){certificates, result_of(c, c->result++)->data,
                             entry.rows_per_part * parts};
  return NULL;
}

XLA_FFI_Error *read_call(call *c, const XLA_FFI_CallFrame *frame) {
  memset(c, 0, sizeof(*c));
  c->frame = frame;
  const XLA_FFI_ByteSpan *rules = find_attribute(frame, "rules");
  const XLA_FFI_Array *entries = find_attribute(frame, "entries");
  const XLA_FFI_Array *ranks = find_attribute(frame, "ranks");
  const XLA_FFI_Array *hypers = find_attribute(frame, "hypers");
  const XLA_FFI_Array *traced = find_attribute(frame, "traced");
  if (!rules || !entries || !ranks || !hypers || !traced || !step_many_within)
    return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                      "steepest: expects a call made by steepest.jax");
  c->entries = entries->data;
  c->num_entries = (int64_t)entries->size;
  c->ranks = ranks->data;
  c->hypers = hypers->data;
  c->num_hypers = (int64_t)hypers->size;
  c->traced = traced->data;
  c->num_traced = (int64_t)traced->size;
  int64_t num_hypers = 0;
  for (XLA_FFI_ByteSpan left = *rules; left.len != 0; ++c->num_rules) {
    XLA_FFI_ByteSpan name = next_line(&left);
    const steepest_optimizer *optimizer = find_optimizer(name.ptr, name.len);
    if (!optimizer || c->num_rules == MAX_RULES)
      return make_error(frame, XLA_FFI_Error_Code_NOT_FOUND,
                        "steepest: this program steps with the optimizer %.*s, "
                        "which this process has not compiled",
                        (int)name.len, name.ptr);
    c->rules[c->num_rules] = optimizer;
    c->first_hyper[c->num_rules] = num_hypers;
    num_hypers += optimizer->num_hypers;
  }
  for (int64_t e = 0; e < c->num_entries; ++e) {
    int64_t rule = c->entries[e];
    if (rule < 0 || rule >= c->num_rules)
      return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: entry %lld has no rule", (long long)e);
    for (int32_t t = 0; t < c->rules[rule]->num_tensors; ++t)
      c->num_results += c->rules[rule]->tensors[t].role != STEEPEST_GRADIENT;
    c->num_results += 1;
    c->num_tensors += c->rules[rule]->num_tensors;
  }
  c->expected_hypers = num_hypers;
  c->num_ranks = (int64_t)ranks->size;
  c->argument = c->num_traced;
  return NULL;
}

XLA_FFI_Error *check_counts(const call *c, int64_t more_results) {
  const XLA_FFI_CallFrame *frame = c->frame;
  int64_t arguments = c->num_traced + c->num_tensors;
  int64_t results = c->num_results + more_results;
  if (c->expected_hypers == c->num_hypers && arguments == frame->args.size &&
      results == frame->rets.size && c->num_ranks == c->num_tensors)
    return NULL;
  return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                    "steepest: expects %lld operands, %lld results and %lld "
                    "hyper-parameters, got %lld, %lld and %lld",
                    (long long)arguments, (long long)results,
                    (long long)c->expected_hypers, (long long)frame->args.size,
                    (long long)frame->rets.size, (long long)c->num_hypers);
}

XLA_FFI_Error_Code code_of(steepest_status status) {
  if (status < STEEPEST_BAD_VERSION)
    return XLA_FFI_Error_Code_FAILED_PRECONDITION;
  if (status == STEEPEST_OUT_OF_MEMORY)
    return XLA_FFI_Error_Code_RESOURCE_EXHAUSTED;
  return status >= STEEPEST_NO_DRIVER ? XLA_FFI_Error_Code_INTERNAL
                                      : XLA_FFI_Error_Code_INVALID_ARGUMENT;
}

XLA_FFI_Error *step_error(const call *c, int64_t e, steepest_status status) {
  XLA_FFI_ByteSpan name = entry_name(c, e);
  return make_error(c->frame, code_of(status), "steepest: %s of %.*s: %s (%s)",
                    c->rules[c->entries[e]]->name, (int)name.len, name.ptr,
                    said[0] ? said : "the step was refused",
                    status_name(status));
}
