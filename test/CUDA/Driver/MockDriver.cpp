//===- MockDriver.cpp - a driver that runs kernels on the model -----------===//

#include "CUDA/Device/Choice.h"
#include "CUDA/Device/Products.h"
#include "CUDA/Layout.h"
#include "MockState.h"
#include "Model/Machine.h"
#include <cstdlib>
#include <cstring>

using namespace steepest;
using namespace steepest::runtime::cuda;

namespace {

constexpr int cooperativeTooLarge = 720;
/// Bytes for what kernels declare as shared memory, beside the dynamic part: as
/// many as ptxas allows.
constexpr int64_t staticBytes = 48 << 10;
/// What they are said to declare; Muon's step by ptxas.
constexpr int declaredBytes = 2048;

/// What a block can have, by the CUDA C++ programming guide.
int getMostSharedBytes() {
  const MockSettings &settings = mock().settings;
  int capability = settings.major * 10 + settings.minor;
  bool isLarge = settings.major == 9 || settings.major == 10;
  return (isLarge                                ? 227
          : capability == 80 || capability == 87 ? 163
                                                 : 99)
         << 10;
}

} // namespace

Mock &steepest::mock() {
  static Mock instance;
  return instance;
}

int steepest::enter(const char *name) {
  Mock &m = mock();
  m.calls += (m.calls.empty() ? "" : ",") + std::string(name);
  if (m.settings.failing && !strcmp(m.settings.failing, name))
    return m.settings.result;
  return success;
}

int steepest::refuse(const std::string &why, int result) {
  mock().error = why;
  mock().errorResult = result;
  return result;
}

static int launchNow(const LaunchConfig &config, Handle kernel,
                     void **parameters);

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

extern "C" {

MockSettings mock_defaults(void) {
  MockSettings settings = {};
  settings.version = 13000;
  settings.major = 9;
  settings.processors = 4;
  settings.hasContext = 1;
  settings.seed = 1;
  return settings;
}

void mock_configure(const MockSettings *settings) {
  mock().settings = *settings;
}

const char *mock_take_calls(void) {
  mock().taken.swap(mock().calls);
  mock().calls.clear();
  return mock().taken.c_str();
}

const char *mock_take_error(void) {
  mock().takenError.swap(mock().error);
  mock().error.clear();
  return mock().takenError.c_str();
}

//===----------------------------------------------------------------------===//
// Asking and loading
//===----------------------------------------------------------------------===//

int cuInit(unsigned) { return enter("cuInit"); }

int cuDriverGetVersion(int *version) {
  *version = mock().settings.version;
  return enter("cuDriverGetVersion");
}

/// Where it is the mock that has found fault, with what it found.
int cuGetErrorString(int result, const char **text) {
  Mock &m = mock();
  m.description = result == outOfMemory    ? "out of memory"
                  : result == launchFailed ? "unspecified launch failure"
                  : result == unsupportedPtxVersion ? "the provided PTX was "
                                                      "compiled with an "
                                                      "unsupported toolchain"
                                                    : "invalid argument";
  if (!m.error.empty() && result == m.errorResult)
    m.description += ": " + m.error;
  *text = m.description.c_str();
  return success;
}

int cuCtxGetCurrent(Handle *context) {
  *context = mock().settings.hasContext ? &mock() : nullptr;
  return enter("cuCtxGetCurrent");
}

int cuCtxGetDevice(int *device) {
  *device = 0;
  return enter("cuCtxGetDevice");
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
  const MockSettings &settings = mock().settings;
  switch (attribute) {
  case multiprocessorCount:
    *value = settings.processors;
    break;
  case computeCapabilityMajor:
    *value = settings.major;
    break;
  case computeCapabilityMinor:
    *value = settings.minor;
    break;
  case cooperativeLaunch:
    *value = 1;
    break;
  case maxSharedBytesPerBlock:
    *value = getMostSharedBytes();
    break;
  default:
    return refuse("unknown attribute " + std::to_string(attribute));
  }
  return enter("cuDeviceGetAttribute");
}

int cuLibraryLoadData(Handle *library, const void *image, int *, void **,
                      unsigned, int *, void **, unsigned) {
  if (int result = enter("cuLibraryLoadData"))
    return result;
  *library = const_cast<void *>(image);
  mock().loaded.insert(*library);
  return success;
}

int cuLibraryUnload(Handle library) {
  auto found = mock().loaded.find(library);
  if (found == mock().loaded.end())
    return refuse("what is unloaded was not loaded", invalidHandle);
  mock().loaded.erase(found);
  return enter("cuLibraryUnload");
}

int cuLibraryGetKernel(Handle *kernel, Handle library, const char *name) {
  auto *image = static_cast<const MockImage *>(library);
  if (strstr(name, "__step"))
    *kernel = library;
  else if (!memcmp(image->magic, MOCK_MAGIC, sizeof(image->magic)))
    *kernel = findKernel(*image, name);
  else
    return refuse("kernel '" + std::string(name) + "' is none of ours");
  return *kernel ? enter("cuLibraryGetKernel") : notFound;
}

int cuKernelGetFunction(Handle *function, Handle kernel) {
  *function = kernel;
  return enter("cuKernelGetFunction");
}

int cuKernelGetAttribute(int *value, int attribute, Handle, int) {
  if (attribute != staticSharedBytes)
    return refuse("unknown attribute " + std::to_string(attribute));
  *value = declaredBytes;
  return enter("cuKernelGetAttribute");
}

int cuKernelSetAttribute(int attribute, int value, Handle, int) {
  if (attribute != maxDynamicSharedBytes ||
      value + declaredBytes > getMostSharedBytes())
    return refuse("attribute " + std::to_string(attribute) + " set to " +
                  std::to_string(value));
  mock().dynamicBytes = value;
  return enter("cuKernelSetAttribute");
}

int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Handle, int,
                                                size_t) {
  *blocks = 1;
  return enter("cuOccupancyMaxActiveBlocksPerMultiprocessor");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

int cuMemsetD2D16Async(Pointer memory, size_t pitch, unsigned short value,
                       size_t width, size_t height, Stream) {
  if (memory % 2 || pitch % 2 || (height > 1 && pitch < 2 * width))
    return refuse("a fill of words of two bytes is not aligned");
  for (size_t row = 0; row < height; ++row)
    for (size_t i = 0; i < width; ++i)
      memcpy(reinterpret_cast<char *>(memory) + row * pitch + 2 * i, &value, 2);
  return enter("cuMemsetD2D16Async");
}

int cuMemsetD2D32Async(Pointer memory, size_t pitch, unsigned value,
                       size_t width, size_t height, Stream) {
  if (memory % 4 || pitch % 4 || (height > 1 && pitch < 4 * width))
    return refuse("a fill of words of four bytes is not aligned");
  for (size_t row = 0; row < height; ++row)
    for (size_t i = 0; i < width; ++i)
      memcpy(reinterpret_cast<char *>(memory) + row * pitch + 4 * i, &value, 4);
  return enter("cuMemsetD2D32Async");
}

int cuMemcpy2DAsync_v2(const Copy2D *copy, Stream) {
  if (copy->srcType != deviceMemory || copy->dstType != deviceMemory ||
      (copy->height > 1 && (copy->srcPitch < copy->widthBytes ||
                            copy->dstPitch < copy->widthBytes)))
    return refuse("a copy is not between matrices of the device");
  for (size_t row = 0; row < copy->height; ++row)
    memcpy(reinterpret_cast<char *>(copy->dstDevice) + row * copy->dstPitch,
           reinterpret_cast<char *>(copy->srcDevice) + row * copy->srcPitch,
           copy->widthBytes);
  return enter("cuMemcpy2DAsync_v2");
}

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

static int launchNow(const LaunchConfig &given, Handle kernel,
                     void **parameters) {
  const LaunchConfig *config = &given;
  Mock &m = mock();
  if (!m.loaded.count(kernel))
    return refuse("a launch of what is no kernel", invalidHandle);
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
  if (cooperative && blocks > m.settings.processors)
    return refuse("more blocks than run at one time", cooperativeTooLarge);
  if (config->sharedBytes > m.dynamicBytes)
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
    auto function = reinterpret_cast<void (*)(const void *)>(kernel);
    const void *argument = parameters[0];
    std::string error = sm_model::launch(launch, [=] { function(argument); });
    if (!error.empty())
      return refuse(error, launchFailed);
  }
  return success;
}

extern "C" {

//===----------------------------------------------------------------------===//
// What device code calls (lib/Target/CUDA/Model.cpp)
//===----------------------------------------------------------------------===//

int steepest_model_thread(void) { return sm_model::threadIndex(); }
int steepest_model_block_x(void) { return sm_model::blockIndex(); }
int steepest_model_block_y(void) { return mock().team; }
int steepest_model_grid_x(void) { return sm_model::gridSize(); }
int steepest_model_grid_y(void) { return mock().teams; }

void steepest_model_barrier(int) {
  sm_model::collective(sm_model::Team::Block, "bar.sync 0", nullptr, nullptr);
}

void steepest_model_sleep(int) {
  sm_model::poll([] { return std::string("its team"); });
}

int steepest_model_shuffle_i32(int, int value, int mask, int) {
  struct Lane {
    int value, mask;
  } lane = {value, mask};
  sm_model::collective(sm_model::Team::Warp, "shfl.sync.bfly", &lane,
                       [](void **lanes) {
                         int values[32];
                         for (int i = 0; i < 32; ++i)
                           values[i] = static_cast<Lane *>(lanes[i])->value;
                         for (int i = 0; i < 32; ++i) {
                           auto *own = static_cast<Lane *>(lanes[i]);
                           own->value = values[i ^ own->mask];
                         }
                       });
  return lane.value;
}

float steepest_model_shuffle_f32(int all, float value, int mask, int clamp) {
  int bits;
  memcpy(&bits, &value, sizeof(bits));
  bits = steepest_model_shuffle_i32(all, bits, mask, clamp);
  memcpy(&value, &bits, sizeof(bits));
  return value;
}

// The template asks for the target, and generated code for its choice of a
// product. All must be right for every shape, so tests may name one
// (STEEPEST_MODEL_PRODUCT, modulo how many there are): shapes for which the
// larger ones are chosen would take the model too long.

int32_t steepest_product_has_wgmma(void) {
  return mock().settings.major == 9 && mock().settings.minor == 0;
}

static int32_t named(int32_t choice, int32_t count) {
  static const char *text = getenv("STEEPEST_MODEL_PRODUCT");
  return text ? atoi(text) % count : choice;
}

int32_t steepest_product_choose_fma(int32_t m, int32_t n, int32_t k,
                                    int32_t symmetric) {
  return named(steepest_choose_fma(m, n, k, symmetric), SteepestFmaChoices);
}

static int32_t chooseRounded(int32_t m, int32_t n, int32_t k, bool symmetric,
                             bool tf32) {
  bool has = steepest_product_has_wgmma();
  return named(steepest_choose_narrow(m, n, k, symmetric, has, tf32),
               has ? SteepestNarrowChoices : SteepestPanel64);
}

int32_t steepest_product_choose_narrow(int32_t m, int32_t n, int32_t k,
                                       int32_t symmetric) {
  return chooseRounded(m, n, k, symmetric, /*tf32=*/false);
}

int32_t steepest_product_choose_tf32(int32_t m, int32_t n, int32_t k,
                                     int32_t symmetric) {
  return chooseRounded(m, n, k, symmetric, /*tf32=*/true);
}

/// None when tests name a product: matrices in shared memory know one way only.
int32_t steepest_product_shared_bytes(void) {
  static const bool isNamed = getenv("STEEPEST_MODEL_PRODUCT");
  return isNamed ? 0 : mock().sharedBytes;
}

void *steepest_model_shared(int64_t offset) {
  if (offset >= staticBytes)
    sm_model::fail("declares more shared memory than the model has");
  return sm_model::sharedMemory() + mock().sharedOffset + offset;
}

} // extern "C"
