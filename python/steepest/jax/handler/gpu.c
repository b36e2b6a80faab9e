//===- gpu.c - steps on a GPU, inside XLA ---------------------------------===//
//
// The call is as call.h says, but for these. Operands are device memory, also
// hyper-parameters: of every rule that has some among the operands, a row of
// them all, in f64, for each of its tasks in turn; `traced` has the indices of
// these rules. Certificates are the rows of eight f64 that a step writes. After
// the results of the entries come, for each rule, the statuses of its problems,
// entry by entry, as s32, and one more result, whose contents nobody reads: the
// workspace of the step. Further attributes:
//   parts      of every rule into how many tasks an entry of it is cut
//   lists      how many bytes of host memory the lists of tasks need
// `threads`, `workspace`, `deltas` and `finite_gradients` are the CPU's.
//
// A step neither waits nor allocates device memory, and its launches depend on
// shapes and attributes alone: XLA may capture it into a graph. How it ended is
// in the statuses.
//
//===----------------------------------------------------------------------===//

#include "call.h"
#include "plans.h"
#include "registry.h"

#include <stdint.h>
#include <string.h>

/// `steepest_context_init_cuda`.
static void (*init_context)(steepest_context *, const steepest_cuda_launch *);
/// Lists of tasks, from step to step.
static kept_memory kept_lists;

EXPORT void steepest_xla_gpu_runtime(
    void (*init)(steepest_context *, const steepest_cuda_launch *)) {
  init_context = init;
}

/// Host memory for the lists of a step. Returns 0 when it cannot be had.
EXPORT int steepest_xla_reserve_lists(size_t bytes) {
  return reserve_memory(&kept_lists, bytes);
}

/// Where a call is to run.
typedef struct {
  int32_t device;
  steepest_cuda_stream stream;
} place;

static XLA_FFI_Error *find_device(const XLA_FFI_CallFrame *frame,
                                  place *where) {
  XLA_FFI_DeviceOrdinal_Get_Args args = {
      .struct_size = XLA_FFI_DeviceOrdinal_Get_Args_STRUCT_SIZE,
      .ctx = frame->ctx};
  XLA_FFI_Error *error = frame->api->XLA_FFI_DeviceOrdinal_Get(&args);
  where->device = args.device_ordinal;
  return error;
}

static XLA_FFI_Error *find_stream(const XLA_FFI_CallFrame *frame,
                                  place *where) {
  XLA_FFI_Stream_Get_Args args = {
      .struct_size = XLA_FFI_Stream_Get_Args_STRUCT_SIZE, .ctx = frame->ctx};
  XLA_FFI_Error *error = frame->api->XLA_FFI_Stream_Get(&args);
  where->stream = args.stream;
  return error;
}

/// The plan of a rule on the device.
static XLA_FFI_Error *plan_of(const call *c, int64_t rule, const place *where,
                              steepest_cuda_plan **plan) {
  const steepest_cuda_optimizer *optimizer = optimizer_on_gpu(c->rules[rule]);
  if (!optimizer)
    return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                      "steepest: expects optimizers compiled for GPUs, got %s "
                      "for %s",
                      c->rules[rule]->name, c->rules[rule]->target);
  said[0] = '\0';
  steepest_status status = find_plan(optimizer, where->device, plan);
  if (!status)
    return NULL;
  return make_error(
      c->frame, code_of(status), "steepest: %s: %s (%s)", c->rules[rule]->name,
      said[0] ? said : "the GPU's code was not loaded", status_name(status));
}

/// The tasks of one rule, in the order of the entries.
typedef struct {
  steepest_task *tasks;
  int64_t num_tasks, num_problems;
  /// Rows of hyper-parameters in device memory, or null.
  const double *hypers;
} rule_list;

/// Adds the tasks of the entry whose tensors come next.
static XLA_FFI_Error *add_tasks(call *c, int64_t e, int64_t parts,
                                rule_list *list) {
  int64_t rule = c->entries[e];
  entry_tasks entry;
  XLA_FFI_Error *error = open_entry(c, e, parts, &entry);
  if (error)
    return error;
  for (int64_t t = 0; t < entry.optimizer->num_tensors; ++t) {
    const steepest_tensor_info *info = &entry.optimizer->tensors[t];
    const XLA_FFI_Buffer *buffer = argument_of(c, c->argument++);
    if (info->role != STEEPEST_GRADIENT &&
        result_of(c, c->result++)->data != buffer->data)
      return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: expects results in the place of their "
                        "operands, got %s elsewhere",
                        info->name);
    add_tensor(&entry, t, buffer, buffer->data);
  }
  const XLA_FFI_Buffer *rows = result_of(c, c->result++);
  for (int64_t part = 0; part < parts; ++part)
    list->tasks[list->num_tasks++] =
        task_of(&entry, part, c->hypers + c->first_hyper[rule], rows->data);
  list->num_problems += entry.problems;
  return NULL;
}

/// Makes the lists of all rules.
static XLA_FFI_Error *make_lists(call *c, const int64_t *parts,
                                 rule_list *lists) {
  memset(lists, 0, (size_t)c->num_rules * sizeof(rule_list));
  for (int64_t i = 0; i < c->num_traced; ++i) {
    if (c->traced[i] < 0 || c->traced[i] >= c->num_rules)
      return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: operand %lld has no rule", (long long)i);
    lists[c->traced[i]].hypers = argument_of(c, i)->data;
  }
  int64_t counts[MAX_RULES] = {0};
  for (int64_t e = 0; e < c->num_entries; ++e)
    counts[c->entries[e]] += parts[c->entries[e]];
  for (int64_t rule = 0; rule < c->num_rules; ++rule) {
    lists[rule].tasks = take(c, (size_t)counts[rule] * sizeof(steepest_task));
    if (!lists[rule].tasks)
      return no_room(c);
  }
  for (int64_t e = 0; e < c->num_entries; ++e) {
    int64_t rule = c->entries[e];
    XLA_FFI_Error *error = add_tasks(c, e, parts[rule], &lists[rule]);
    if (error)
      return error;
  }
  // What is written fits into the results, and what is read into the operands.
  for (int64_t rule = 0; rule < c->num_rules; ++rule) {
    const XLA_FFI_Buffer *statuses = result_of(c, c->num_results + rule);
    if (count_elements(statuses, statuses->rank) != lists[rule].num_problems)
      return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: expects %lld statuses of %s",
                        (long long)lists[rule].num_problems,
                        c->rules[rule]->name);
  }
  for (int64_t i = 0; i < c->num_traced; ++i) {
    int64_t rule = c->traced[i];
    int64_t expected = counts[rule] * c->rules[rule]->num_hypers;
    const XLA_FFI_Buffer *rows = argument_of(c, i);
    if (count_elements(rows, rows->rank) != expected)
      return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: expects %lld hyper-parameters of %s",
                        (long long)expected, c->rules[rule]->name);
  }
  return NULL;
}

/// The error of a list, of whose tasks one was not launched.
static XLA_FFI_Error *list_error(const call *c, int64_t rule,
                                 const int64_t *parts, const rule_list *list,
                                 steepest_status status) {
  int64_t task = 0, last = 0;
  for (int64_t e = 0; e < c->num_entries; ++e) {
    if (c->entries[e] != rule)
      continue;
    last = e;
    for (int64_t part = 0; part < parts[rule]; ++part)
      if (list->tasks[task++].status)
        return step_error(c, e, status);
  }
  return step_error(c, last, status);
}

/// Launches the lists one after another, in the same workspace.
static XLA_FFI_Error *launch_lists(call *c, const int64_t *parts,
                                   const rule_list *lists,
                                   steepest_cuda_plan *const *plans,
                                   const place *where) {
  // Boundaries of 256 bytes, as the driver's own memory has them.
  const XLA_FFI_Buffer *last = result_of(c, c->num_results + c->num_rules);
  size_t bytes = (size_t)count_elements(last, last->rank);
  size_t skipped = (size_t)(-(uintptr_t)last->data & 255);
  char *workspace = (char *)last->data + skipped;
  bytes = bytes > skipped ? bytes - skipped : 0;
  steepest_status status = STEEPEST_OK;
  for (int64_t rule = 0; rule < c->num_rules && !status; ++rule) {
    const steepest_cuda_optimizer *optimizer = optimizer_on_gpu(c->rules[rule]);
    said[0] = '\0';
    // What was in the memory is not known. One preparation serves all rules.
    steepest_cuda_launch launch = {plans[rule], where->stream,
                                   result_of(c, c->num_results + rule)->data,
                                   lists[rule].hypers};
    steepest_context context;
    init_context(&context, &launch);
    listen(&context);
    steepest_cuda_log log = {context.log, context.log_user};
    if (rule == 0)
      status =
          optimizer->prepare(plans[0], workspace, bytes, where->stream, &log);
    if (status)
      return make_error(c->frame, code_of(status), "steepest: %s", said);
    status = optimizer->step_many(optimizer, &context, lists[rule].tasks,
                                  lists[rule].num_tasks, workspace, bytes);
    if (status)
      return list_error(c, rule, parts, &lists[rule], status);
  }
  return NULL;
}

static XLA_FFI_Error *step(const XLA_FFI_CallFrame *frame) {
  call c;
  place where = {0};
  rule_list lists[MAX_RULES];
  steepest_cuda_plan *plans[MAX_RULES];
  XLA_FFI_Error *error = read_call(&c, frame);
  if (!error)
    error = check_counts(&c, c.num_rules + 1);
  const XLA_FFI_Array *parts = find_attribute(frame, "parts");
  const XLA_FFI_Scalar *bytes = find_attribute(frame, "lists");
  if (!error && (!parts || !bytes || (int64_t)parts->size != c.num_rules ||
                 !init_context))
    error = make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                       "steepest: expects a call made by steepest.jax");
  for (int64_t rule = 0; !error && rule < c.num_rules; ++rule)
    if (((const int64_t *)parts->data)[rule] < 1)
      error = make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                         "steepest: rule %lld has no tasks", (long long)rule);
  if (!error)
    error = find_device(frame, &where);
  if (!error)
    error = find_stream(frame, &where);
  for (int64_t rule = 0; !error && rule < c.num_rules; ++rule)
    error = plan_of(&c, rule, &where, &plans[rule]);
  if (error)
    return error;

  c.room_bytes = (size_t)*(const int64_t *)bytes->value;
  step_memory memory = take_memory(&kept_lists, c.room_bytes);
  if (!memory.data)
    return make_error(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED,
                      "steepest: cannot allocate lists of %zu bytes",
                      c.room_bytes);
  c.room = memory.data;
  error = make_lists(&c, parts->data, lists);
  if (!error)
    error = launch_lists(&c, parts->data, lists, plans, &where);
  give_back_memory(&kept_lists, memory);
  return error;
}

/// Loads what the call steps with, so that no step has to. What cannot be
/// loaded is told by the step.
static XLA_FFI_Error *load(const XLA_FFI_CallFrame *frame) {
  call c;
  place where;
  steepest_cuda_plan *plan;
  XLA_FFI_Error *error = read_call(&c, frame);
  if (!error)
    error = find_device(frame, &where);
  for (int64_t rule = 0; !error && rule < c.num_rules; ++rule)
    error = plan_of(&c, rule, &where, &plan);
  if (error) {
    XLA_FFI_Error_Destroy_Args args = {
        .struct_size = XLA_FFI_Error_Destroy_Args_STRUCT_SIZE, .error = error};
    frame->api->XLA_FFI_Error_Destroy(&args);
  }
  return NULL;
}

/// Of XLA's stages the one that initializes a call, and the one that runs it.
EXPORT XLA_FFI_Error *steepest_xla_step_on_gpu(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame, XLA_FFI_HANDLER_TRAITS_COMMAND_BUFFER_COMPATIBLE))
    return NULL;
  return frame->stage == XLA_FFI_ExecutionStage_INITIALIZE ? load(frame)
                                                           : step(frame);
}
