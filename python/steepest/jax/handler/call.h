//===- call.h - what XLA calls the handlers with ----------------*- C -*-===//
//
// On the CPU (gpu.c says what is different on a GPU). Operands: the
// hyper-parameters that are arrays, then the tensors of every entry in the
// order of its descriptor. Results: the parameters and states of every entry
// (the same buffers, where XLA agreed) and its certificates as f32. With
// `deltas` the results have instead of parameters how these would move, in the
// buffers of the gradients, and the parameters stay as they are. Attributes:
//   rules      names of registered optimizers, one a line
//   names      what messages call the entries, one a line
//   entries    of every entry the index of its rule
//   ranks      of every tensor how many of its last dimensions are a problem's;
//              a vector or a scalar is a matrix of one row to a rule of
//              matrices
//   hypers     the hyper-parameters of all rules, one rule after another
//   traced     of every hyper-parameter that is an operand its index in
//              `hypers`
//   threads    of the registered context to use
//   workspace  how many bytes the call needs
//   deltas     1: parameters stay, and the results say how they would move
//
// The dimensions before those of a problem are a batch. A hyper-parameter with
// elements for parts of the batch makes tasks of the parts.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_JAX_CALL_H
#define STEEPEST_JAX_CALL_H

#include "deltas.h"
#include "steepest.h"
#include "xla/ffi/api/c_api.h"

enum { MAX_RULES = 64 };

/// What a call is made of, and how far it has been read.
typedef struct {
  const XLA_FFI_CallFrame *frame;
  const steepest_optimizer *rules[MAX_RULES];
  /// Of every rule the index of its first hyper-parameter.
  int64_t first_hyper[MAX_RULES];
  const double *hypers;
  const int64_t *traced, *entries, *ranks;
  int64_t num_rules, num_hypers, num_traced, num_entries;
  /// What the entries take and give, and how long the lists should be.
  int64_t num_tensors, num_results, expected_hypers, num_ranks;
  /// The workspace and how much of it is left.
  char *room;
  size_t room_bytes;
  int64_t argument, result;
  /// With `deltas` what there is to copy and to subtract; else null.
  delta_list *deltas;
  int64_t num_deltas;
} call;

/// The certificates of an entry, between the step and the results.
typedef struct {
  const steepest_certificate *from;
  float *to;
  int64_t count;
} certificate_list;

/// An error of XLA's with a message.
XLA_FFI_Error *make_error(const XLA_FFI_CallFrame *frame,
                          XLA_FFI_Error_Code code, const char *format, ...);

/// Answers XLA's question for the version that this was compiled for, and for
/// what may be done with the handler; 0 when it asks for a step instead.
int answers_metadata(XLA_FFI_CallFrame *frame, XLA_FFI_Handler_Traits traits);

/// The attribute of a name, or null.
const void *find_attribute(const XLA_FFI_CallFrame *frame, const char *name);

/// Line `index` of a text.
XLA_FFI_ByteSpan line_of(XLA_FFI_ByteSpan text, int64_t index);

/// Reads the attributes; an error or null.
XLA_FFI_Error *read_call(call *c, const XLA_FFI_CallFrame *frame);

/// An error unless there are as many operands as `num_traced` and the entries
/// say, and so many results beside those of the entries. Counts that do not fit
/// would have the tensors of one entry taken for those of another.
XLA_FFI_Error *check_counts(const call *c, int64_t more_results);

/// Operand or result number `index`, or null.
const XLA_FFI_Buffer *argument_of(const call *c, int64_t index);
const XLA_FFI_Buffer *result_of(const call *c, int64_t index);

/// The product of the first extents.
int64_t count_elements(const XLA_FFI_Buffer *buffer, int64_t dims);

/// The tasks of an entry that are being made: one for each of so many parts of
/// its batch.
typedef struct {
  const steepest_optimizer *optimizer;
  /// Of its tensors.
  const int64_t *ranks;
  int64_t parts, problems, rows_per_part;
  /// Those of one part after those of another.
  steepest_tensor *tensors;
} entry_tasks;

/// Begins with entry `e`, which comes next; an error when memory is short or
/// the parts do not divide its batch.
XLA_FFI_Error *open_entry(call *c, int64_t e, int64_t parts,
                          entry_tasks *entry);

/// Tensor `t` of all parts is in a buffer of this shape, and at `data`.
void add_tensor(const entry_tasks *entry, int64_t t,
                const XLA_FFI_Buffer *buffer, void *data);

/// The task of one part, with rows of certificates for all of them.
steepest_task task_of(const entry_tasks *entry, int64_t part,
                      const double *hypers, steepest_certificate *certificates);

/// The error of a call that took more memory than it said.
XLA_FFI_Error *no_room(const call *c);

/// What XLA calls errors like this one: of numbers, arguments, or the driver.
XLA_FFI_Error_Code code_of(steepest_status status);

/// The error of a step that did not, which was said to be of entry `e`.
XLA_FFI_Error *step_error(const call *c, int64_t e, steepest_status status);

/// Takes a piece of the workspace; null when it is used up.
void *take(call *c, size_t bytes);

/// Of every hyper-parameter of a rule that is an operand, the number of
/// elements; 1 for the others. The largest is the number of parts of a batch.
int64_t count_parts(const call *c, int64_t rule);

/// Adds the tasks of entry `e` at `tasks` and says how many there are; an error
/// or null. Entries are added in order.
XLA_FFI_Error *add_entry(call *c, int64_t e, steepest_task *tasks,
                         int64_t *num_tasks, certificate_list *list);

#endif // STEEPEST_JAX_CALL_H
