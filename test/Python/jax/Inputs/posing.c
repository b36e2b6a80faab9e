//===- posing.c - the handler of GPUs, called by XLA's CPU client ---------===//
//
// XLA on the CPU calls a handler with memory of the host, which is what the
// mock driver has as device memory. What it lacks are a stream and the number
// of a device; those are given here.
//
//===----------------------------------------------------------------------===//

#include "xla/ffi/api/c_api.h"

static XLA_FFI_Handler *handler;
static void *stream = (void *)0x40;
static int32_t device;
static int is_initializing;

/// Calls are `posing`'s, on this device. `initializing`: they are those with
/// which XLA initializes a program on a GPU, and not those that run it.
void pose(XLA_FFI_Handler *posing, int32_t number, int initializing) {
  handler = posing;
  device = number;
  is_initializing = initializing;
}

static XLA_FFI_Error *get_stream(XLA_FFI_Stream_Get_Args *args) {
  args->stream = stream;
  return 0;
}

static XLA_FFI_Error *get_device(XLA_FFI_DeviceOrdinal_Get_Args *args) {
  args->device_ordinal = device;
  return 0;
}

XLA_FFI_Error *posing_step(XLA_FFI_CallFrame *frame) {
  // What asks for the handler's version has no operands.
  if (frame->extension_start)
    return handler(frame);
  XLA_FFI_Api api = *frame->api;
  api.XLA_FFI_Stream_Get = get_stream;
  api.XLA_FFI_DeviceOrdinal_Get = get_device;
  XLA_FFI_CallFrame call = *frame;
  call.api = &api;
  if (is_initializing)
    call.stage = XLA_FFI_ExecutionStage_INITIALIZE;
  return handler(&call);
}
