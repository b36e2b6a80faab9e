//===- Host.c - the processor as a device ---------------------------------===//

#include "Device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate_memory(gpt2_device *device, size_t bytes) {
  (void)device;
  return allocate(bytes);
}

static void release(gpt2_device *device, void *memory) {
  (void)device;
  free(memory);
}

static void clear(gpt2_device *device, void *memory, size_t bytes) {
  (void)device;
  memset(memory, 0, bytes);
}

static void copy(gpt2_device *device, void *to, const void *from,
                 size_t bytes) {
  (void)device;
  memcpy(to, from, bytes);
}

static const gpt2_memory host_memory = {.allocate = allocate_memory,
                                        .release = release,
                                        .clear = clear,
                                        .write = copy,
                                        .read = copy};

static void destroy(gpt2_device *device) {
  free(((gpt2_host *)device)->room);
  free(device);
}

gpt2_device *host_create(const steepest_context *context,
                         const gpt2_steps *steps) {
  gpt2_device *device = allocate(sizeof(gpt2_host));
  snprintf(device->name, sizeof(device->name), "threads %d",
           (int)context->threads);
  device->memory = &host_memory;
  device->layers = &host_layers;
  device->steps = steps;
  device->context = context;
  device->destroy = destroy;
  return device;
}
