//===- Text.h - what is learnt ----------------------------------*- C -*-===//

#ifndef GPT2_TEXT_H
#define GPT2_TEXT_H

#include <stdint.h>

/// Bytes, of which the last tenth is held out.
typedef struct {
  uint8_t *bytes;
  int64_t size, training_size;
} gpt2_text;

/// Reads a file, or all files of a folder in the order of their names. Of a
/// folder, links and files that hold a zero byte (which text does not) are
/// passed over.
void text_read(gpt2_text *text, const char *path);
void text_free(gpt2_text *text);

/// Draws `batch` sequences and, as targets, the same moved by one byte. What is
/// drawn depends on the seed and the step alone, so that a training run that
/// goes on sees what it would have seen.
void text_draw(const gpt2_text *text, int is_held_out, uint64_t seed,
               int64_t step, int64_t batch, int64_t length, uint8_t *tokens,
               uint8_t *targets);

#endif // GPT2_TEXT_H
