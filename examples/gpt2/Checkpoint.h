//===- Checkpoint.h - a training run that goes on ---------------*- C -*-===//

#ifndef GPT2_CHECKPOINT_H
#define GPT2_CHECKPOINT_H

#include "Optimizer.h"

/// What a run must have in common with the one that it goes on from.
typedef struct {
  gpt2_config config;
  uint64_t seed;
  /// The step that comes next, and the last: the schedule depends on it.
  int64_t step, steps;
} gpt2_progress;

/// Writes the progress, and parameters and states with their names. The file
/// appears whole or not at all.
void checkpoint_write(const char *path, const gpt2_progress *progress,
                      const gpt2_optimizer *optimizer);

/// Reads the progress of a run alone, to create the model of it.
void checkpoint_read_progress(const char *path, gpt2_progress *progress);

/// Reads what `checkpoint_write` wrote into parameters and states. Everything
/// is checked before anything is changed: names, optimizers, sizes.
void checkpoint_read(const char *path, gpt2_optimizer *optimizer);

#endif // GPT2_CHECKPOINT_H
