//===- MockState.h - what the mock driver knows -----------------*- C++ -*-===//

#ifndef STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H
#define STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H

#include "CUDA/Driver.h"
#include "Mock.h"
#include <map>
#include <set>
#include <string>
#include <vector>

namespace steepest {

using namespace runtime::cuda;

constexpr int invalidValue = 1;
constexpr int invalidDevice = 101;
constexpr int invalidHandle = 400;
constexpr int notFound = 500;
constexpr int launchFailed = 719;

/// A launch of a graph, with the arguments that it was captured with.
struct Captured {
  LaunchConfig config;
  std::vector<LaunchAttribute> attributes;
  Handle kernel;
  std::vector<char> arguments;
};

struct Mock {
  MockSettings settings = mock_defaults();
  std::string calls, taken;
  std::string error, takenError, description;
  int errorResult = 0;
  /// Loaded images, which are kernels too: functions for one thread.
  std::multiset<void *> loaded;
  int64_t dynamicBytes = 48 << 10;
  // Of the launch under way: the blocks of one team are those of a cluster.
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
/// A kernel of an image; null where there is none of that name.
Handle findKernel(const MockImage &image, const char *name);
/// Notes the call; what it returns, where it is to fail.
int enter(const char *name);
int refuse(const std::string &why, int result = invalidValue);

} // namespace steepest

#endif // STEEPEST_TEST_CUDA_DRIVER_MOCKSTATE_H
