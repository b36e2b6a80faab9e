//===- Mock.h - what a test says to the mock driver -------------*- C++ -*-===//
//
// The mock is a shared library with the functions of libcuda.so.1 that the
// runtime uses. Device memory is host memory, streams are names in a context,
// and a launch runs the kernel on the CPU model of an SM, at once. It checks
// what it is given, counts its calls, and fails where it is told to.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_DRIVER_MOCK_H
#define STEEPEST_TEST_CUDA_DRIVER_MOCK_H

#include <stdint.h>

/// Not the first bytes of a function.
#define MOCK_MAGIC "kernels"

extern "C" {

/// A kernel that is no step: a function of one thread, which takes the address
/// of the kernel's one argument.
struct MockKernel {
  const char *name;
  void (*function)(const void *argument);
};

/// An image of such kernels, in place of PTX.
struct MockImage {
  char magic[8]; // MOCK_MAGIC
  int64_t count;
  const MockKernel *kernels;
};

struct MockSettings {
  int version;         // of the driver, 12000 and more
  int major, minor;    // compute capability
  int processors;      // blocks that run at one time
  int hasContext;      // a context is current
  const char *failing; // the function that fails, or null
  int result;          // ... with this
  uint64_t seed;       // of the order of threads
};

/// A GPU beside the one of the settings.
struct MockGpu {
  int major, minor;
  int processors;
};

/// Where a step was launched.
struct MockLaunch {
  const void *context, *stream;
  const void *library; // as the driver's handle
  int device;
};

/// The settings at the beginning: CUDA 13, sm_90, four processors.
MockSettings mock_defaults(void);
/// Forgets what the calling thread has made current, too: the context of
/// device 0 is, or none.
void mock_configure(const MockSettings *settings);
/// The devices after device 0.
void mock_more_gpus(const MockGpu *gpus, int count);
/// The launches of steps since the last time; how many there were, of which the
/// first `room` are written.
int64_t mock_take_launches(MockLaunch *launches, int64_t room);
/// The functions called since the last time, comma separated.
const char *mock_take_calls(void);
/// What was wrong with the last launch; empty when nothing was.
const char *mock_take_error(void);
/// How many pieces of memory have been allocated and not freed.
int64_t mock_allocations(void);
}

#endif // STEEPEST_TEST_CUDA_DRIVER_MOCK_H
