//===- handler.c - steps of compiled optimizers inside XLA ----------------===//
//
// One handler of XLA's foreign function interface for every optimizer: what it
// steps is in the descriptors, which the host registers under names of its own,
// and in the attributes of the call. `native.py` compiles this file against the
// headers of the JAX at hand and gives it the runtime library's functions.
//
// Operands: the hyper-parameters that are arrays, then the tensors of every
// entry in the order of its descriptor. Results: the parameters and states of
// every entry (the same buffers, where XLA agreed) and its certificates as f32.
// Attributes:
//   rules   names of registered optimizers, one a line
//   names   what messages call the entries, one a line
//   entries of every entry the index of its rule
//   ranks   of every tensor how many of its last dimensions are a problem's; a
//           vector or a scalar is a matrix of one row to a rule of matrices
//   hypers  the hyper-parameters of all rules, one rule after another
//   traced  of every hyper-parameter that is an operand its index in `hypers`
//   threads of the registered context to use
//   workspace how many bytes the call needs
//
// The dimensions before those are a batch. A
// hyper-parameter with elements for parts of the batch makes tasks of the
// parts.
//
//===----------------------------------------------------------------------===//

#include "steepest.h"
#include "xla/ffi/api/c_api.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#define EXPORT __attribute__((visibility("default")))

enum { MAX_OPTIMIZERS = 4096, MAX_CONTEXTS = 256, MAX_RULES = 64 };

//===----------------------------------------------------------------------===//
// What the host registers, under its lock, before it compiles a call
//===----------------------------------------------------------------------===//

typedef steepest_status step_function(const steepest_context *, steepest_task *,
                                      int64_t, void *, size_t);

static struct {
  char name[128];
  const steepest_optimizer *optimizer;
} optimizers[MAX_OPTIMIZERS];
static int num_optimizers;

/// A context with memory that is kept for its steps: memory that is new in
/// every step would cost a tenth of Muon's time in page faults.
typedef struct {
  steepest_context context;
  void *workspace;
  size_t workspace_bytes;
  /// Whether a step works in it.
  int is_taken;
} kept_context;

static kept_context contexts[MAX_CONTEXTS];
static int num_contexts;
static step_function *step_many_within;
static const char *(*status_name)(steepest_status);

/// What the runtime last said on this thread.
static _Thread_local char said[512];

static void keep_message(void *user, steepest_status status,
                         const char *message) {
  (void)user;
  (void)status;
  // The first is that of the status returned.
  if (!said[0])
    snprintf(said, sizeof(said), "%s", message);
}

EXPORT void steepest_xla_runtime(step_function *step,
                                 const char *(*name)(steepest_status)) {
  step_many_within = step;
  status_name = name;
}

/// Returns 0 when there is no room left.
EXPORT int steepest_xla_add_optimizer(const char *name,
                                      const steepest_optimizer *optimizer) {
  if (num_optimizers == MAX_OPTIMIZERS ||
      strlen(name) >= sizeof(optimizers[0].name))
    return 0;
  strcpy(optimizers[num_optimizers].name, name);
  optimizers[num_optimizers].optimizer = optimizer;
  __atomic_store_n(&num_optimizers, num_optimizers + 1, __ATOMIC_RELEASE);
  return 1;
}

/// The context to be used where a call asks for as many threads as it has.
EXPORT int steepest_xla_add_context(const steepest_context *context) {
  if (num_contexts == MAX_CONTEXTS)
    return 0;
  kept_context *kept = &contexts[num_contexts];
  kept->context = *context;
  kept->context.log = keep_message;
  kept->context.log_user = NULL;
  __atomic_store_n(&num_contexts, num_contexts + 1, __ATOMIC_RELEASE);
  return 1;
}

//===----------------------------------------------------------------------===//
// Reading a call
//===----------------------------------------------------------------------===//

static XLA_FFI_Error *make_error(const XLA_FFI_CallFrame *frame,
                                 XLA_FFI_Error_Code code, const char *format,
                                 ...) {
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

/// The attribute of a name, or null.
static const void *find_attribute(const XLA_FFI_CallFrame *frame,
                                  const char *name) {
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

static XLA_FFI_ByteSpan line_of(XLA_FFI_ByteSpan text, int64_t index) {
  XLA_FFI_ByteSpan line = next_line(&text);
  while (index-- > 0)
    line = next_line(&text);
  return line;
}

static const steepest_optimizer *find_optimizer(XLA_FFI_ByteSpan name) {
  int count = __atomic_load_n(&num_optimizers, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; ++i)
    if (strlen(optimizers[i].name) == name.len &&
        memcmp(optimizers[i].name, name.ptr, name.len) == 0)
      return optimizers[i].optimizer;
  return NULL;
}

static kept_context *find_context(int64_t threads) {
  int count = __atomic_load_n(&num_contexts, __ATOMIC_ACQUIRE);
  for (int i = 0; i < count; ++i)
    if (contexts[i].context.threads == threads)
      return &contexts[i];
  return NULL;
}

//===----------------------------------------------------------------------===//
// Workspaces
//===----------------------------------------------------------------------===//

static void *allocate_workspace(size_t bytes) {
  // aligned_alloc wants a multiple of the alignment.
  size_t alignment = STEEPEST_WORKSPACE_ALIGNMENT;
  return aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
}

static int try_to_take(kept_context *kept) {
  return !__atomic_exchange_n(&kept->is_taken, 1, __ATOMIC_ACQUIRE);
}

static void give_back(kept_context *kept) {
  __atomic_store_n(&kept->is_taken, 0, __ATOMIC_RELEASE);
}

/// Makes the workspace of so many threads at least so large, and waits for a
/// step that works in it. Returns 0 when memory cannot be had.
EXPORT int steepest_xla_reserve(int64_t threads, size_t bytes) {
  kept_context *kept = find_context(threads);
  if (!kept)
    return 0;
  while (!try_to_take(kept))
    sched_yield();
  if (kept->workspace_bytes < bytes) {
    free(kept->workspace);
    kept->workspace = allocate_workspace(bytes);
    kept->workspace_bytes = kept->workspace ? bytes : 0;
  }
  int is_enough = kept->workspace_bytes >= bytes;
  give_back(kept);
  return is_enough;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// What a call is made of, and how far it has been read.
typedef struct {
  const XLA_FFI_CallFrame *frame;
  const steepest_optimizer *rules[MAX_RULES];
  /// Of every rule the index of its first hyper-parameter.
  int64_t first_hyper[MAX_RULES];
  const double *hypers;
  const int64_t *traced, *entries, *ranks;
  int64_t num_rules, num_hypers, num_traced, num_entries;
  /// The workspace and how much of it is left.
  char *room;
  size_t room_bytes;
  int64_t argument, result;
} call;

static void *take(call *c, size_t bytes) {
  bytes = (bytes + STEEPEST_WORKSPACE_ALIGNMENT - 1) /
          STEEPEST_WORKSPACE_ALIGNMENT * STEEPEST_WORKSPACE_ALIGNMENT;
  if (bytes > c->room_bytes)
    return NULL;
  void *memory = c->room;
  c->room += bytes;
  c->room_bytes -= bytes;
  return memory;
}

static int64_t count_elements(const XLA_FFI_Buffer *buffer, int64_t dims) {
  int64_t elements = 1;
  for (int64_t d = 0; d < dims; ++d)
    elements *= buffer->dims[d];
  return elements;
}

static size_t element_bytes(steepest_dtype dtype) {
  return dtype == STEEPEST_F64 ? 8 : dtype == STEEPEST_F32 ? 4 : 2;
}

static const XLA_FFI_Buffer *argument_of(const call *c, int64_t index) {
  return index < c->frame->args.size ? c->frame->args.args[index] : NULL;
}

static const XLA_FFI_Buffer *result_of(const call *c, int64_t index) {
  return index < c->frame->rets.size ? c->frame->rets.rets[index] : NULL;
}

/// Of every hyper-parameter of a rule that is an operand, the number of
/// elements; 1 for the others. The largest is the number of parts of a batch.
static int64_t count_parts(const call *c, int64_t rule) {
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

/// The certificates of an entry, between the step and the results.
typedef struct {
  const steepest_certificate *from;
  float *to;
  int64_t count;
} certificate_list;

/// Adds the tasks of entry `e` at `tasks` and says how many there are; an error
/// or null.
static XLA_FFI_Error *add_entry(call *c, int64_t e, steepest_task *tasks,
                                int64_t *num_tasks, certificate_list *list) {
  int64_t rule = c->entries[e];
  const steepest_optimizer *optimizer = c->rules[rule];
  int64_t parts = count_parts(c, rule);
  // The ranks are those of the operands after the hyper-parameters.
  const int64_t *ranks = c->ranks + c->argument - c->num_traced;
  const XLA_FFI_Buffer *first = argument_of(c, c->argument);
  int64_t problems = count_elements(first, first->rank - ranks[0]);
  if (problems % parts != 0 || (parts > 1 && first->rank == ranks[0]))
    return make_error(c->frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                      "steepest: expects a batch of %lld hyper-parameters to "
                      "divide one of %lld problems",
                      (long long)parts, (long long)problems);

  // Parameters and states are stepped where the results are.
  int64_t n = optimizer->num_tensors;
  steepest_tensor *tensors =
      take(c, (size_t)(n * parts) * sizeof(steepest_tensor));
  double *hypers =
      take(c, (size_t)(optimizer->num_hypers * parts) * sizeof(double));
  int64_t per_part = problems / parts * optimizer->num_directions;
  steepest_certificate *certificates =
      take(c, (size_t)(per_part * parts) * sizeof(steepest_certificate));
  if (!tensors || !hypers || !certificates)
    return make_error(c->frame, XLA_FFI_Error_Code_INTERNAL,
                      "steepest: the workspace is too small");
  for (int64_t t = 0; t < n; ++t) {
    const steepest_tensor_info *info = &optimizer->tensors[t];
    const XLA_FFI_Buffer *buffer = argument_of(c, c->argument++);
    void *data = buffer->data;
    if (info->role != STEEPEST_GRADIENT) {
      data = result_of(c, c->result++)->data;
      if (data != buffer->data)
        memcpy(data, buffer->data,
               (size_t)count_elements(buffer, buffer->rank) *
                   element_bytes(info->dtype));
    }
    for (int64_t part = 0; part < parts; ++part)
      tensors[part * n + t] =
          part_of(info, buffer, ranks[t], data, part, parts);
  }
  for (int64_t part = 0; part < parts; ++part) {
    double *own = hypers + part * optimizer->num_hypers;
    fill_hypers(c, rule, part, parts, own);
    tasks[part] = (steepest_task){
        .optimizer = optimizer,
        .arguments = {.tensors = tensors + part * n,
                      .num_tensors = optimizer->num_tensors,
                      .num_hypers = optimizer->num_hypers,
                      .hypers = own,
                      .certificates = certificates + part * per_part}};
  }
  *num_tasks = parts;
  *list = (certificate_list){certificates, result_of(c, c->result++)->data,
                             per_part * parts};
  return NULL;
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

/// Reads the attributes; an error or null.
static XLA_FFI_Error *read_call(call *c, const XLA_FFI_CallFrame *frame) {
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
    const steepest_optimizer *optimizer = find_optimizer(name);
    if (!optimizer || c->num_rules == MAX_RULES)
      return make_error(frame, XLA_FFI_Error_Code_NOT_FOUND,
                        "steepest: this program steps with the optimizer %.*s, "
                        "which this process has not compiled",
                        (int)name.len, name.ptr);
    c->rules[c->num_rules] = optimizer;
    c->first_hyper[c->num_rules] = num_hypers;
    num_hypers += optimizer->num_hypers;
  }
  // Counts that do not fit would have the
  // tensors of one entry taken for those of another.
  int64_t arguments = c->num_traced, results = 0;
  for (int64_t e = 0; e < c->num_entries; ++e) {
    int64_t rule = c->entries[e];
    if (rule < 0 || rule >= c->num_rules)
      return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                        "steepest: entry %lld has no rule", (long long)e);
    for (int32_t t = 0; t < c->rules[rule]->num_tensors; ++t, ++arguments)
      results += c->rules[rule]->tensors[t].role != STEEPEST_GRADIENT;
    results += 1;
  }
  if (num_hypers != c->num_hypers || arguments != frame->args.size ||
      results != frame->rets.size ||
      (int64_t)ranks->size != arguments - c->num_traced)
    return make_error(frame, XLA_FFI_Error_Code_INVALID_ARGUMENT,
                      "steepest: expects %lld operands, %lld results and %lld "
                      "hyper-parameters, got %lld, %lld and %lld",
                      (long long)arguments, (long long)results,
                      (long long)num_hypers, (long long)frame->args.size,
                      (long long)frame->rets.size, (long long)c->num_hypers);
  c->argument = c->num_traced;
  return NULL;
}

/// Steps what was read, in the workspace of the call.
static XLA_FFI_Error *step_within(call *c, const steepest_context *context) {
  const XLA_FFI_CallFrame *frame = c->frame;
  XLA_FFI_Error *error = NULL;
  int64_t most = 0;
  for (int64_t e = 0; e < c->num_entries; ++e)
    most += count_parts(c, c->entries[e]);
  steepest_task *tasks = take(c, (size_t)most * sizeof(steepest_task));
  certificate_list *lists =
      take(c, (size_t)c->num_entries * sizeof(certificate_list));
  if (!tasks || !lists)
    return make_error(frame, XLA_FFI_Error_Code_INTERNAL,
                      "steepest: the workspace is too small");
  int64_t num_tasks = 0;
  for (int64_t e = 0; e < c->num_entries; ++e) {
    int64_t added = 0;
    error = add_entry(c, e, tasks + num_tasks, &added, &lists[e]);
    if (error)
      return error;
    num_tasks += added;
  }

  said[0] = '\0';
#ifdef __SSE__
  // XLA has denormal numbers flushed to zero on its own threads; ours have the
  // default, and bits must not depend on which thread works.
  unsigned control = _mm_getcsr();
  _mm_setcsr(0x1f80);
#endif
  steepest_status status =
      step_many_within(context, tasks, num_tasks, c->room, c->room_bytes);
#ifdef __SSE__
  _mm_setcsr(control);
#endif

  for (int64_t e = 0; e < c->num_entries; ++e)
    for (int64_t i = 0; i < lists[e].count; ++i) {
      const steepest_certificate *from = &lists[e].from[i];
      const double values[] = {from->value,    from->bound,    from->gap,
                               from->tangency, from->distance, from->iterations,
                               from->outcome};
      for (int j = 0; j < 7; ++j)
        lists[e].to[7 * i + j] = (float)values[j];
    }
  if (status == STEEPEST_OK)
    return NULL;

  // The entry of the first task that did not step.
  const XLA_FFI_ByteSpan *names = find_attribute(frame, "names");
  int64_t entry = 0, task = 0;
  while (entry + 1 < c->num_entries) {
    int64_t end = task + count_parts(c, c->entries[entry]);
    int is_bad = 0;
    for (; task < end; ++task)
      is_bad |= tasks[task].status != STEEPEST_OK;
    if (is_bad)
      break;
    ++entry;
  }
  XLA_FFI_ByteSpan name = {"", 0};
  if (names)
    name = line_of(*names, entry);
  return make_error(frame,
                    status < 16 ? XLA_FFI_Error_Code_FAILED_PRECONDITION
                                : XLA_FFI_Error_Code_INVALID_ARGUMENT,
                    "steepest: %s of %.*s: %s (%s)",
                    c->rules[c->entries[entry]]->name, (int)name.len, name.ptr,
                    said[0] ? said : "the step was refused",
                    status_name(status));
}

static XLA_FFI_Error *step(const XLA_FFI_CallFrame *frame) {
  call c;
  XLA_FFI_Error *error = read_call(&c, frame);
  if (error)
    return error;
  const XLA_FFI_Scalar *threads = find_attribute(frame, "threads");
  const XLA_FFI_Scalar *workspace = find_attribute(frame, "workspace");
  kept_context *kept =
      threads ? find_context(*(const int64_t *)threads->value) : NULL;
  if (!kept || !workspace)
    return make_error(frame, XLA_FFI_Error_Code_NOT_FOUND,
                      "steepest: this process has no pool of as many threads "
                      "as the program asks for");

  // Other devices may be stepping at the same time; the first has what is kept.
  c.room_bytes = (size_t)*(const int64_t *)workspace->value;
  int is_kept = try_to_take(kept);
  if (is_kept && kept->workspace_bytes < c.room_bytes) {
    give_back(kept);
    is_kept = 0;
  }
  c.room = is_kept ? kept->workspace : allocate_workspace(c.room_bytes);
  void *own = is_kept ? NULL : c.room;
  if (c.room)
    error = step_within(&c, &kept->context);
  else
    error = make_error(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED,
                       "steepest: cannot allocate a workspace of %zu bytes",
                       c.room_bytes);
  if (is_kept)
    give_back(kept);
  free(own);
  return error;
}

/// Answers XLA's question for the version that this was compiled for.
static int answers_metadata(XLA_FFI_CallFrame *frame) {
  if (!frame->extension_start ||
      frame->extension_start->type != XLA_FFI_Extension_Metadata)
    return 0;
  XLA_FFI_Metadata *metadata =
      ((XLA_FFI_Metadata_Extension *)frame->extension_start)->metadata;
  metadata->api_version.major_version = XLA_FFI_API_MAJOR;
  metadata->api_version.minor_version = XLA_FFI_API_MINOR;
  return 1;
}

EXPORT XLA_FFI_Error *steepest_xla_step(XLA_FFI_CallFrame *frame) {
  return answers_metadata(frame) ? NULL : step(frame);
}

/// What is registered for GPUs until there is a back end for them.
EXPORT XLA_FFI_Error *steepest_xla_no_device(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame))
    return NULL;
  return make_error(frame, XLA_FFI_Error_Code_UNIMPLEMENTED,
                    "steepest: expects arrays on the CPU: there is no back end "
                    "for GPUs yet");
}
