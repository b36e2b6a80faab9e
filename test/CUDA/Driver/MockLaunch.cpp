//===- MockLaunch.cpp - steps of the mock driver --------------------------===//
//
// Launches of steps, at once or captured into a graph: each is checked, and run
// on the model.
//
//===----------------------------------------------------------------------===//

#include "CUDA/Layout.h"
#include "MockState.h"
#include "Model/Machine.h"

using namespace steepest;

/// Bytes that a launch may have: as many as were asked for on this device.
static int64_t getDynamicBytes(Handle kernel, int device) {
  auto found = mock().dynamicBytes.find({kernel, device});
  return found == mock().dynamicBytes.end() ? 48 << 10 : found->second;
}

static int launchNow(const LaunchConfig &given, Handle kernel,
                     void **parameters) {
  const LaunchConfig *config = &given;
  Mock &m = mock();
  const Library *library = findLibrary(kernel);
  if (!library)
    return refuse("a launch of what is no kernel", invalidHandle);
  // A stream says in which context; without one it is the thread's.
  Context *context = contextOf(config->stream);
  if (!context)
    return refuse("a launch without a context", invalidContext);
  bool cooperative = false;
  for (unsigned i = 0; i < config->numAttributes; ++i)
    cooperative |= config->attributes[i].id == cooperativeAttribute &&
                   config->attributes[i].value;
  int64_t blocks = int64_t(config->gridX) * config->gridY;
  if (config->blockX != 256 || config->blockY != 1 || config->blockZ != 1 ||
      config->gridZ != 1 || blocks < 1)
    return refuse("a launch of an odd shape");
  if (config->gridX > 1 && !cooperative)
    return refuse("blocks that meet are launched one by one");
  if (cooperative && blocks > gpuOf(context->device).processors)
    return refuse("more blocks than run at one time", cooperativeTooLarge);
  if (config->sharedBytes > getDynamicBytes(kernel, context->device))
    return refuse("more shared memory than was asked for");
  auto *arguments = static_cast<const KernelArguments *>(parameters[0]);
  auto *entry = reinterpret_cast<const KernelEntry *>(arguments + 1);
  if (arguments->problems < 1 || arguments->numEntries < 1 ||
      !arguments->headers || !arguments->workspace || entry->begin != 0 ||
      !entry->statuses || !entry->certificates ||
      reinterpret_cast<uintptr_t>(arguments->workspace) % 64)
    return refuse("arguments of a launch are missing");

  // Teams do not know of each other; each is a cluster, all of whose blocks run
  // at the same time.
  m.device = context->device;
  m.launches.push_back({context, config->stream, kernel, context->device});
  m.teams = int(config->gridY);
  m.sharedBytes = int32_t(config->sharedBytes);
  m.sharedOffset = (int64_t(config->sharedBytes) + 1023) / 1024 * 1024;
  for (m.team = 0; m.team < m.teams; ++m.team) {
    sm_model::Launch launch;
    launch.grid = launch.cluster = int(config->gridX);
    launch.block = int(config->blockX);
    launch.sharedBytes = size_t(m.sharedOffset + staticBytes);
    launch.timing = sm_model::Timing::Random;
    launch.seed = m.settings.seed + uint64_t(m.team);
    auto function = reinterpret_cast<void (*)(const void *)>(library->image);
    const void *argument = parameters[0];
    std::string error = sm_model::launch(launch, [=] { function(argument); });
    if (!error.empty())
      return refuse(error, launchFailed);
  }
  return success;
}

extern "C" {

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

int cuStreamBeginCapture_v2(Stream, int) {
  mock().capturing = true;
  mock().graph.clear();
  return enter("cuStreamBeginCapture_v2");
}

int cuStreamEndCapture(Stream, Handle *graph) {
  mock().capturing = false;
  *graph = &mock().graph;
  return enter("cuStreamEndCapture");
}

int cuGraphInstantiateWithFlags(Handle *executable, Handle graph,
                                unsigned long long) {
  *executable = graph;
  return enter("cuGraphInstantiateWithFlags");
}

int cuGraphLaunch(Handle, Stream) {
  Locked locked;
  if (int result = enter("cuGraphLaunch"))
    return result;
  for (Captured &captured : mock().graph) {
    captured.config.attributes = captured.attributes.data();
    void *parameters[] = {captured.arguments.data()};
    if (int result = launchNow(captured.config, captured.kernel, parameters))
      return result;
  }
  return success;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

int cuLaunchKernelEx(const LaunchConfig *config, Handle kernel,
                     void **parameters, void **extra) {
  Locked locked;
  if (int result = enter("cuLaunchKernelEx"))
    return result;
  Mock &m = mock();
  if (extra || !parameters || !parameters[0])
    return refuse("a launch of an odd shape");
  if (!m.capturing)
    return launchNow(*config, kernel, parameters);
  // What is captured is the launch as it is now: only memory may change.
  auto *bytes = static_cast<const char *>(parameters[0]);
  m.graph.push_back(
      {*config,
       {config->attributes, config->attributes + config->numAttributes},
       kernel,
       {bytes, bytes + maximumArgumentBytes}});
  return success;
}

} // extern "C"
