//===- deltas.h - how weights would move ------------------------*- C -*-===//
//
// What optax calls updates: the new weights minus the old ones, which stay as
// they are. The weights are copied into the call's workspace and stepped there,
// and the differences are written where the gradients were. So XLA need not
// copy them into memory that is new in every step, whose pages cost more than
// the copy.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_JAX_DELTAS_H
#define STEEPEST_JAX_DELTAS_H

#include "steepest.h"

/// One parameter: the weights, their copy that is stepped, and where the
/// difference goes. The last may be where the gradient is.
typedef struct {
  const void *weights;
  void *copy;
  void *deltas;
  int64_t count;
  steepest_dtype dtype;
} delta_list;

/// Copies the weights, on the threads of the context.
void copy_weights(const steepest_context *context, const delta_list *lists,
                  int64_t num_lists);

/// Writes copy minus weights, rounded to the type of the weights.
void write_deltas(const steepest_context *context, const delta_list *lists,
                  int64_t num_lists);

#endif // STEEPEST_JAX_DELTAS_H
