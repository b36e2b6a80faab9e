//===- Checkpoint.h - a training run that goes on ---------------*- C -*-===//

#ifndef GPT2_CHECKPOINT_H
#define GPT2_CHECKPOINT_H

#include "Optimizer.h"

/// What a run has in common with the one that it goes on from: with the
/// parameters and states all that its losses depend on.
typedef struct {
  gpt2_config config;
  uint64_t seed;
  /// The step that comes next, and the schedule.
  int64_t step, steps, warmup;
  /// Bytes of the text.
  int64_t text_size;
  /// Hyper-parameters of the rule of matrices and of that of the rest.
  double matrices[GPT2_MAX_HYPERS], rest[GPT2_MAX_HYPERS];
} gpt2_progress;

/// Writes the progress, and parameters and states with their names. The file
/// appears whole or not at all.
void checkpoint_write(const char *path, const gpt2_progress *progress,
                      const gpt2_optimizer *optimizer);

/// Reads the progress of a run alone, to create its model and rules.
void checkpoint_read_progress(const char *path, gpt2_progress *progress);

/// Reads what `checkpoint_write` wrote into parameters and states. Everything
/// is checked before anything is changed: names, optimizers, sizes.
void checkpoint_read(const char *path, gpt2_optimizer *optimizer);

#endif // GPT2_CHECKPOINT_H
