//===- handler.c - steps of compiled optimizers inside XLA ----------------===//
//
// One handler of XLA's foreign function interface for every optimizer: what it
// steps is in the descriptors, which the host registers under names of its own,
// and in the attributes of the call. `native.py` compiles this folder against
// the headers of the JAX at hand and gives it the runtime library's functions.
// This is the CPU's; gpu.c has that of GPUs.
//
//===----------------------------------------------------------------------===//

#include "call.h"
#include "registry.h"

#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

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
  const XLA_FFI_Scalar *deltas = find_attribute(frame, "deltas");
  if (deltas && *(const int64_t *)deltas->value) {
    // As many parameters as operands is more than enough.
    c->deltas = take(c, (size_t)frame->args.size * sizeof(delta_list));
    if (!c->deltas)
      lists = NULL;
  }
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
  if (c->deltas)
    copy_weights(context, c->deltas, c->num_deltas);
  steepest_status status =
      step_many_within(context, tasks, num_tasks, c->room, c->room_bytes);
  if (c->deltas && status == STEEPEST_OK)
    write_deltas(context, c->deltas, c->num_deltas);
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
  return step_error(c, entry, status);
}

static XLA_FFI_Error *step(const XLA_FFI_CallFrame *frame) {
  call c;
  XLA_FFI_Error *error = read_call(&c, frame);
  if (!error)
    error = check_counts(&c, /*more_results=*/0);
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

  c.room_bytes = (size_t)*(const int64_t *)workspace->value;
  step_memory memory = take_memory(&kept->workspace, c.room_bytes);
  if (!memory.data)
    return make_error(frame, XLA_FFI_Error_Code_RESOURCE_EXHAUSTED,
                      "steepest: cannot allocate a workspace of %zu bytes",
                      c.room_bytes);
  c.room = memory.data;
  steepest_context context = kept->context;
  const XLA_FFI_Scalar *finite = find_attribute(frame, "finite_gradients");
  context.finite_gradients = finite && *(const int64_t *)finite->value;
  error = step_within(&c, &context);
  give_back_memory(&kept->workspace, memory);
  return error;
}

EXPORT XLA_FFI_Error *steepest_xla_step(XLA_FFI_CallFrame *frame) {
  return answers_metadata(frame, /*traits=*/0) ? NULL : step(frame);
}
