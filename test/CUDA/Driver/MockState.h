//===- MockState.h - what the mock driver knows -----------------*- C++ -*-===//

#ifndef STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H
#define STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H

#include "CUDA/Driver.h"
#include "Mock.h"
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace steepest {

using namespace runtime::cuda;

constexpr int invalidValue = 1;
constexpr int invalidDevice = 101;
constexpr int invalidContext = 201;
constexpr int invalidHandle = 400;
constexpr int notFound = 500;
constexpr int launchFailed = 719;
constexpr int cooperativeTooLarge = 720;

/// Bytes for what kernels declare as shared memory, beside the dynamic part: as
/// many as ptxas allows.
constexpr int64_t staticBytes = 48 << 10;

struct Context {
  int device;
};

/// A loaded image. Of a step it is the kernel, too: a function for one thread.
struct Library {
  void *image;
};

/// A launch of a graph, with the arguments that it was captured with.
struct Captured {
  LaunchConfig config;
  std::vector<LaunchAttribute> attributes;
  Handle kernel;
  std::vector<char> arguments;
};

struct Mock {
  /// Held by whoever reads or writes the rest, and for the whole of a launch.
  std::recursive_mutex mutex;
  MockSettings settings = mock_defaults();
  /// Beside the GPU of the settings.
  std::vector<MockGpu> moreGpus;
  std::map<int, Context> primaryContexts; // by device
  std::list<Context> contexts;            // others
  std::map<Stream, Context *> streams;
  std::string calls, taken;
  std::string error, takenError;
  int errorResult = 0;
  std::list<Library> libraries;
  /// What has been asked for, by kernel and device.
  std::map<std::pair<Handle, int>, int64_t> dynamicBytes;
  std::vector<MockLaunch> launches;
  // Of the launch under way: the blocks of one team are those of a cluster.
  int device = 0;
  int team = 0, teams = 1;
  int64_t sharedOffset = 0;
  int32_t sharedBytes = 0;
  // One graph at a time.
  bool capturing = false;
  std::vector<Captured> graph;
  /// Bytes of what was allocated and not freed, by address.
  std::map<uint64_t, size_t> allocations;
};

Mock &mock();
/// Locks the mock as long as it lives.
struct Locked : std::lock_guard<std::recursive_mutex> {
  Locked() : lock_guard(mock().mutex) {}
};

/// A GPU by its number.
MockGpu gpuOf(int device);
/// The context that is current in this thread of the host, or null.
Context *currentContext();
/// Forgets what this thread has made current.
void forgetContext();
/// That of a stream. What is none of ours is of the current context, as the
/// default stream is.
Context *contextOf(Stream stream);
/// What is loaded and not unloaded, or null.
const Library *findLibrary(Handle handle);
/// A kernel of an image; null where there is none of that name.
Handle findKernel(const MockImage &image, const char *name);
/// Notes the call; what it returns, where it is to fail.
int enter(const char *name);
int refuse(const std::string &why, int result = invalidValue);

} // namespace steepest

#endif // STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H
