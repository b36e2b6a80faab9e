//===- registry.h - what the host lets the handler use ----------*- C -*-===//
//
// Optimizers, contexts and functions of the runtime library, which the host
// registers, under its lock, before it compiles a call; and the memory of
// steps.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_JAX_REGISTRY_H
#define STEEPEST_JAX_REGISTRY_H

#include "steepest.h"

#define EXPORT __attribute__((visibility("default")))

/// `steepest_step_many_within` and `steepest_status_name`; null before they are
/// registered.
extern steepest_status (*step_many_within)(const steepest_context *,
                                           steepest_task *, int64_t, void *,
                                           size_t);
extern const char *(*status_name)(steepest_status);

/// What the runtime first said on this thread since it was emptied.
extern _Thread_local char said[512];

/// Host memory that is kept from step to step: memory that is new in every step
/// would cost a tenth of Muon's time in page faults.
typedef struct {
  void *data;
  size_t bytes;
  /// Whether a step works in it.
  int is_taken;
} kept_memory;

/// A context with the memory of its steps.
typedef struct {
  steepest_context context;
  kept_memory workspace;
} kept_context;

/// What was registered under a name, or null.
const steepest_optimizer *find_optimizer(const char *name, size_t length);

/// The context with so many threads, or null.
kept_context *find_context(int64_t threads);

/// Has what the runtime says on this thread kept in `said`.
void listen(steepest_context *context);

/// Memory for a step; `data` is null when there is none.
typedef struct {
  void *data;
  /// It is what is kept, and not the step's alone.
  int is_kept;
} step_memory;

/// Makes what is kept at least so large, and waits for a step that works in it.
/// Returns 0 when memory cannot be had.
int reserve_memory(kept_memory *kept, size_t bytes);

/// What is kept, when that is large enough and no other device steps in it,
/// else memory of its own.
step_memory take_memory(kept_memory *kept, size_t bytes);
void give_back_memory(kept_memory *kept, step_memory memory);

#endif // STEEPEST_JAX_REGISTRY_H
