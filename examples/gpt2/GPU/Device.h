//===- Device.h - a GPU as a device -----------------------------*- C -*-===//

#ifndef GPT2_GPU_DEVICE_H
#define GPT2_GPU_DEVICE_H

#include "../Device.h"

/// The GPU of that number, as a device; `context` is where messages go, and
/// must outlive it. Without a driver or such a GPU the program ends with a
/// message.
gpt2_device *gpu_create(int number, const steepest_context *context);

#endif // GPT2_GPU_DEVICE_H
