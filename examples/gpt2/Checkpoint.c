//===- Checkpoint.c -------------------------------------------------------===//
//
// A file is a header and, for every parameter and state in the order of the
// descriptors, a record: its name "optimizer/parameter/tensor", its size in
// bytes, its bytes. Numbers are as the machine has them: a checkpoint is not
// for another one. It is the same on every device, and names none.
//
//===----------------------------------------------------------------------===//

#define _POSIX_C_SOURCE 200809L // fsync, fileno

#include "Checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[16] = "steepest gpt2 1";

typedef struct {
  char magic[16];
  gpt2_progress progress;
} header;

typedef struct {
  char name[120];
  uint64_t bytes;
} record;

/// The record of tensor `i` of an entry; 0 for gradients, which are not kept.
static int describe(const gpt2_entry *entry, int i, record *out) {
  const steepest_optimizer *descriptor = entry->rule->descriptor;
  if (descriptor->tensors[i].role == STEEPEST_GRADIENT)
    return 0;
  memset(out, 0, sizeof(*out));
  int length =
      snprintf(out->name, sizeof(out->name), "%s/%s/%s", descriptor->name,
               entry->parameter->name, descriptor->tensors[i].name);
  if (length >= (int)sizeof(out->name))
    fail("the name of tensor '%s' is too long for a checkpoint",
         descriptor->tensors[i].name);
  out->bytes = tensor_bytes(&entry->tensors[i]);
  return 1;
}

void checkpoint_write(const char *path, const gpt2_progress *progress,
                      const gpt2_optimizer *optimizer) {
  gpt2_device *device = optimizer->device;
  size_t room = strlen(path) + 5;
  char *unfinished = allocate(room);
  snprintf(unfinished, room, "%s.new", path);
  FILE *file = fopen(unfinished, "wb");
  if (!file)
    fail("cannot write %s: %s", unfinished, strerror(errno));
  header head;
  memset(&head, 0, sizeof(head));
  memcpy(head.magic, magic, sizeof(magic));
  head.progress = *progress;
  int is_written = fwrite(&head, sizeof(head), 1, file) == 1;
  for (int p = 0; p < GPT2_PARAMETERS; ++p) {
    const gpt2_entry *entry = &optimizer->entries[p];
    for (int i = 0; i < entry->rule->descriptor->num_tensors; ++i) {
      record description;
      if (!describe(entry, i, &description))
        continue;
      is_written &= fwrite(&description, sizeof(description), 1, file) == 1;
      char *bytes = allocate(description.bytes);
      device->memory->read(device, bytes, entry->tensors[i].data,
                           description.bytes);
      is_written &=
          fwrite(bytes, 1, description.bytes, file) == description.bytes;
      free(bytes);
    }
  }
  is_written &= fflush(file) == 0 && fsync(fileno(file)) == 0;
  is_written &= fclose(file) == 0;
  if (!is_written || rename(unfinished, path) != 0)
    fail("cannot write %s: %s", path, strerror(errno));
  free(unfinished);
}

/// Opens a checkpoint and reads its header.
static FILE *open_checkpoint(const char *path, header *head) {
  FILE *file = fopen(path, "rb");
  if (!file)
    fail("cannot open %s: %s", path, strerror(errno));
  if (fread(head, sizeof(*head), 1, file) != 1 ||
      memcmp(head->magic, magic, sizeof(magic)) != 0)
    fail("%s is no checkpoint of this trainer", path);
  return file;
}

void checkpoint_read_progress(const char *path, gpt2_progress *progress) {
  header head;
  fclose(open_checkpoint(path, &head));
  *progress = head.progress;
}

/// Goes over the records: compares them with the optimizer's tensors, or, once
/// that has been done, reads them.
static void read_records(const char *path, FILE *file,
                         const gpt2_optimizer *optimizer, int is_read) {
  gpt2_device *device = optimizer->device;
  for (int p = 0; p < GPT2_PARAMETERS; ++p) {
    const gpt2_entry *entry = &optimizer->entries[p];
    for (int i = 0; i < entry->rule->descriptor->num_tensors; ++i) {
      record expected, found;
      if (!describe(entry, i, &expected))
        continue;
      if (fread(&found, sizeof(found), 1, file) != 1)
        fail("%s is cut off before '%s'", path, expected.name);
      if (memcmp(&expected, &found, sizeof(found)) != 0)
        fail("%s: expects '%s' of %llu bytes, got '%.*s' of %llu", path,
             expected.name, (unsigned long long)expected.bytes,
             (int)sizeof(found.name), found.name,
             (unsigned long long)found.bytes);
      if (!is_read) {
        if (fseek(file, (long)expected.bytes, SEEK_CUR) != 0)
          fail("cannot read '%s' of %s", expected.name, path);
        continue;
      }
      char *bytes = allocate(expected.bytes);
      if (fread(bytes, 1, expected.bytes, file) != expected.bytes)
        fail("cannot read '%s' of %s", expected.name, path);
      device->memory->write(device, entry->tensors[i].data, bytes,
                            expected.bytes);
      free(bytes);
    }
  }
}

void checkpoint_read(const char *path, gpt2_optimizer *optimizer) {
  header head;
  FILE *file = open_checkpoint(path, &head);
  read_records(path, file, optimizer, /*is_read=*/0);
  // Seeking goes beyond the end of a file; its size tells.
  long end = ftell(file);
  if (fseek(file, 0, SEEK_END) != 0 || ftell(file) != end)
    fail("%s: expects %ld bytes, got %ld", path, end, ftell(file));
  if (fseek(file, (long)sizeof(head), SEEK_SET) != 0)
    fail("cannot read %s", path);
  read_records(path, file, optimizer, /*is_read=*/1);
  fclose(file);
}
