//===- Text.c -------------------------------------------------------------===//

#define _POSIX_C_SOURCE 200809L // scandir, lstat

#include "Text.h"
#include "Model.h"
#include "Support.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// Adds a file of `size` bytes to the text.
static void read_file(gpt2_text *text, const char *path, int64_t size) {
  uint8_t *bytes = realloc(text->bytes, (size_t)(text->size + size + 1));
  if (!bytes)
    fail("cannot allocate %lld bytes", (long long)(text->size + size + 1));
  text->bytes = bytes;
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("cannot open %s: %s", path, strerror(errno));
  if (fread(bytes + text->size, 1, (size_t)size, file) != (size_t)size)
    fail("cannot read %s", path);
  fclose(file);
}

static int by_name(const struct dirent **left, const struct dirent **right) {
  // Unlike alphasort this does not depend on the user's language.
  return strcmp((*left)->d_name, (*right)->d_name);
}

static void read_folder(gpt2_text *text, const char *path) {
  struct dirent **entries = NULL;
  int num_entries = scandir(path, &entries, NULL, by_name);
  if (num_entries < 0)
    fail("cannot read %s: %s", path, strerror(errno));
  for (int i = 0; i < num_entries; ++i) {
    size_t room = strlen(path) + strlen(entries[i]->d_name) + 2;
    char *name = allocate(room);
    snprintf(name, room, "%s/%s", path, entries[i]->d_name);
    struct stat status;
    if (lstat(name, &status) == 0 && S_ISREG(status.st_mode)) {
      read_file(text, name, status.st_size);
      if (!memchr(text->bytes + text->size, 0, (size_t)status.st_size))
        text->size += status.st_size;
    }
    free(name);
    free(entries[i]);
  }
  free(entries);
}

void text_read(gpt2_text *text, const char *path) {
  memset(text, 0, sizeof(*text));
  struct stat status;
  if (stat(path, &status) != 0)
    fail("cannot open %s: %s", path, strerror(errno));
  if (S_ISDIR(status.st_mode)) {
    read_folder(text, path);
  } else {
    read_file(text, path, status.st_size);
    text->size = status.st_size;
  }
  text->training_size = text->size - text->size / 10;
}

void text_free(gpt2_text *text) { free(text->bytes); }

void text_draw(const gpt2_text *text, int is_held_out, uint64_t seed,
               int64_t step, int64_t batch, int64_t length, uint8_t *tokens,
               uint8_t *targets) {
  const uint8_t *from =
      is_held_out ? text->bytes + text->training_size : text->bytes;
  int64_t size =
      is_held_out ? text->size - text->training_size : text->training_size;
  if (size <= length)
    fail("expects text of more than %lld bytes, got %lld",
         (long long)(10 * (length + 1)), (long long)text->size);
  uint64_t state = seed;
  state = random_bits(&state) + (uint64_t)step;
  for (int64_t i = 0; i < batch; ++i) {
    int64_t start = (int64_t)(random_uniform(&state) * (double)(size - length));
    memcpy(tokens + i * length, from + start, (size_t)length);
    memcpy(targets + i * length, from + start + 1, (size_t)length);
  }
}
