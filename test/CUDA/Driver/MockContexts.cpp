//===- MockContexts.cpp - devices, contexts, streams, events of the mock --===//
//
// Every thread of the host has its own current context: the primary one of
// device 0, if the settings say that there is one, until it makes another
// current. A stream is of the context that is current when it is made. All work
// ends before the call that asks for it, so that an event is the host's time.
//
//===----------------------------------------------------------------------===//

#include "MockState.h"
#include <chrono>
#include <cstdio>

using namespace steepest;

static thread_local Context *current = nullptr;
static thread_local bool hasChosen = false;

/// The primary context of a device.
static Context *primaryContext(int device) {
  Locked locked;
  return &mock()
              .primaryContexts.try_emplace(device, Context{device})
              .first->second;
}

static int countDevices() { return 1 + int(mock().moreGpus.size()); }

Context *steepest::currentContext() {
  if (hasChosen)
    return current;
  return mock().settings.hasContext ? primaryContext(0) : nullptr;
}

void steepest::forgetContext() { hasChosen = false; }

Context *steepest::contextOf(Stream stream) {
  Locked locked;
  auto found = mock().streams.find(stream);
  return found == mock().streams.end() ? currentContext() : found->second;
}

extern "C" {

int cuDeviceGetCount(int *count) {
  *count = countDevices();
  return enter("cuDeviceGetCount");
}

int cuDeviceGet(int *device, int number) {
  *device = number;
  return number >= 0 && number < countDevices() ? enter("cuDeviceGet")
                                                : invalidDevice;
}

int cuDeviceGetName(char *name, int length, int) {
  snprintf(name, size_t(length), "a model of an SM");
  return enter("cuDeviceGetName");
}

int cuDevicePrimaryCtxRetain(Handle *context, int device) {
  *context = primaryContext(device);
  return enter("cuDevicePrimaryCtxRetain");
}

int cuDevicePrimaryCtxRelease_v2(int) {
  return enter("cuDevicePrimaryCtxRelease_v2");
}

int cuCtxSetCurrent(Handle context) {
  current = static_cast<Context *>(context);
  hasChosen = true;
  return enter("cuCtxSetCurrent");
}

int cuCtxCreate_v2(Handle *context, unsigned, int device) {
  Locked locked;
  mock().contexts.push_back({device});
  *context = &mock().contexts.back();
  return cuCtxSetCurrent(*context);
}

int cuCtxDestroy_v2(Handle context) {
  Locked locked;
  mock().contexts.remove_if(
      [=](const Context &one) { return &one == context; });
  return enter("cuCtxDestroy_v2");
}

int cuCtxGetCurrent(Handle *context) {
  *context = currentContext();
  return enter("cuCtxGetCurrent");
}

int cuCtxGetDevice(int *device) {
  Context *context = currentContext();
  if (!context)
    return invalidContext;
  *device = context->device;
  return enter("cuCtxGetDevice");
}

int cuStreamCreate(Stream *stream, unsigned) {
  Locked locked;
  Context *context = currentContext();
  if (!context)
    return invalidContext;
  // A name that nothing else has.
  *stream = reinterpret_cast<Stream>(new char);
  mock().streams[*stream] = context;
  return enter("cuStreamCreate");
}

int cuStreamDestroy_v2(Stream stream) {
  Locked locked;
  if (!mock().streams.erase(stream))
    return refuse("a stream is destroyed that there is not", invalidHandle);
  delete reinterpret_cast<char *>(stream);
  return enter("cuStreamDestroy_v2");
}

int cuStreamSynchronize(Stream) {
  return mock().capturing ? refuse("a wait while a graph is captured")
                          : enter("cuStreamSynchronize");
}

using Clock = std::chrono::steady_clock;

int cuEventCreate(Handle *event, unsigned) {
  *event = new Clock::time_point();
  return enter("cuEventCreate");
}

int cuEventDestroy_v2(Handle event) {
  delete static_cast<Clock::time_point *>(event);
  return enter("cuEventDestroy_v2");
}

int cuEventRecord(Handle event, Stream) {
  *static_cast<Clock::time_point *>(event) = Clock::now();
  return enter("cuEventRecord");
}

int cuEventSynchronize(Handle) { return enter("cuEventSynchronize"); }

int cuEventElapsedTime(float *milliseconds, Handle start, Handle end) {
  std::chrono::duration<float, std::milli> elapsed =
      *static_cast<Clock::time_point *>(end) -
      *static_cast<Clock::time_point *>(start);
  *milliseconds = elapsed.count();
  return enter("cuEventElapsedTime");
}

} // extern "C"
