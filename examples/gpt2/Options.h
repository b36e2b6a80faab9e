//===- Options.h - the command line -----------------------------*- C -*-===//

#ifndef GPT2_OPTIONS_H
#define GPT2_OPTIONS_H

#include "Checkpoint.h"

typedef struct {
  const char *text, *checkpoint, *resume;
  gpt2_progress progress;
  /// The number of the GPU to train on; -1 for the processor.
  int gpu;
  int64_t stop, threads, checkpoint_every, evaluate_every, log_every;
  int64_t generate;
} gpt2_options;

/// Reads the command line; hyper-parameters go into the rules. Of what a
/// resumed run takes from its checkpoint only hyper-parameters may be given.
void options_read(gpt2_options *options, int argc, char **argv,
                  gpt2_rule *matrices, gpt2_rule *rest);

#endif // GPT2_OPTIONS_H
