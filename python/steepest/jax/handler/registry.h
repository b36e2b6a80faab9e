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

/// A context with memory that is kept for its steps: memory that is new in
/// every step would cost a tenth of Muon's time in page faults.
typedef struct {
  steepest_context context;
  void *workspace;
  size_t workspace_bytes;
  /// Whether a step works in it.
  int is_taken;
} kept_context;

/// What was registered under a name, or null.
const steepest_optimizer *find_optimizer(const char *name, size_t length);

/// The context with so many threads, or null.
kept_context *find_context(int64_t threads);

/// Memory for a step; `data` is null when there is none.
typedef struct {
  void *data;
  /// It is that of the context, and not of the step alone.
  int is_kept;
} step_memory;

/// What is kept, when that is large enough and no other device steps in it,
/// else memory of its own.
step_memory take_memory(kept_context *kept, size_t bytes);
void give_back_memory(kept_context *kept, step_memory memory);

#endif // STEEPEST_JAX_REGISTRY_H
