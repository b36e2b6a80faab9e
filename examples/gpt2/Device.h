//===- Device.h - where a model lives ---------------------------*- C -*-===//
//
// Parameters, gradients, activations and states are memory of a device, which
// has the layers and the steps that run there. Only memory that says so is the
// host's. There are two devices: the processor (Host.c) and a GPU (GPU/).
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_DEVICE_H
#define GPT2_DEVICE_H

#include "Layers.h"

/// What cannot be done ends the program with a message.
typedef struct {
  /// Zeroed memory, aligned for workspaces; never null.
  void *(*allocate)(gpt2_device *device, size_t bytes);
  void (*release)(gpt2_device *device, void *memory);
  void (*clear)(gpt2_device *device, void *memory, size_t bytes);
  /// From and to the host's memory; waits for what was begun before.
  void (*write)(gpt2_device *device, void *to, const void *from, size_t bytes);
  void (*read)(gpt2_device *device, void *to, const void *from, size_t bytes);
} gpt2_memory;

/// Steps of optimizers that are compiled for the device.
typedef struct {
  /// Fills the states among the tensors of `descriptor`.
  steepest_status (*initialise)(gpt2_device *device,
                                const steepest_optimizer *descriptor,
                                const steepest_tensor *tensors);
  /// Makes what a step of these tasks needs; once, before the first.
  void (*prepare)(gpt2_device *device, const steepest_task *tasks,
                  int64_t num_tasks);
  /// Steps all tasks; the status of each says how that ended, and the first
  /// that is not OK is returned.
  steepest_status (*step)(gpt2_device *device, steepest_task *tasks,
                          int64_t num_tasks);
  void (*finish)(gpt2_device *device);
} gpt2_steps;

/// The first member of what a device is.
struct gpt2_device {
  /// For people.
  char name[96];
  const gpt2_memory *memory;
  const gpt2_layers *layers;
  const gpt2_steps *steps;
  /// Of the host: its threads, and where messages go.
  const steepest_context *context;
  void (*destroy)(gpt2_device *device);
};

/// The processor.
typedef struct {
  gpt2_device base;
  /// What steps work in.
  void *workspace;
  size_t workspace_bytes;
  /// Room for a matrix, as large as has been asked for.
  real *room;
  int64_t room_count;
} gpt2_host;

/// The processor, with the threads of `context`, which must outlive it.
/// `steps` may be null for a model without optimizers.
gpt2_device *host_create(const steepest_context *context,
                         const gpt2_steps *steps);

extern const gpt2_steps host_steps;

#endif // GPT2_DEVICE_H
