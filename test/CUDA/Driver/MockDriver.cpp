//===- MockDriver.cpp - a driver that runs kernels on the model -----------===//

#include "MockState.h"
#include <algorithm>
#include <cstring>

using namespace steepest;
using namespace steepest::runtime::cuda;

namespace {

/// What kernels are said to declare as shared memory; Muon's step by ptxas.
constexpr int declaredBytes = 2048;

/// What a block can have, by the CUDA C++ programming guide.
int getMostSharedBytes(int device) {
  MockGpu gpu = gpuOf(device);
  int capability = gpu.major * 10 + gpu.minor;
  bool isLarge = gpu.major == 9 || gpu.major == 10;
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
  Locked locked;
  Mock &m = mock();
  m.calls += (m.calls.empty() ? "" : ",") + std::string(name);
  if (m.settings.failing && !strcmp(m.settings.failing, name))
    return m.settings.result;
  return success;
}

int steepest::refuse(const std::string &why, int result) {
  Locked locked;
  mock().error = why;
  mock().errorResult = result;
  return result;
}

MockGpu steepest::gpuOf(int device) {
  const Mock &m = mock();
  if (device > 0)
    return m.moreGpus[size_t(device) - 1];
  return {m.settings.major, m.settings.minor, m.settings.processors};
}

const Library *steepest::findLibrary(Handle handle) {
  for (const Library &library : mock().libraries)
    if (&library == handle)
      return &library;
  return nullptr;
}

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
  forgetContext();
}

void mock_more_gpus(const MockGpu *gpus, int count) {
  mock().moreGpus.assign(gpus, gpus + count);
}

int64_t mock_take_launches(MockLaunch *launches, int64_t room) {
  std::vector<MockLaunch> taken;
  taken.swap(mock().launches);
  std::copy_n(taken.begin(), std::min(room, int64_t(taken.size())), launches);
  return int64_t(taken.size());
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

static const char *nameOf(int result) {
  switch (result) {
  case outOfMemory:
    return "out of memory";
  case invalidContext:
    return "invalid device context";
  case unsupportedPtxVersion:
    return "the provided PTX was compiled with an unsupported toolchain";
  case launchFailed:
    return "unspecified launch failure";
  case cooperativeTooLarge:
    return "too many blocks in cooperative launch";
  default:
    return "invalid argument";
  }
}

/// Where it is the mock that has found fault, with what it found.
int cuGetErrorString(int result, const char **text) {
  Locked locked;
  static thread_local std::string description;
  const Mock &m = mock();
  description = nameOf(result);
  if (!m.error.empty() && result == m.errorResult)
    description += ": " + m.error;
  *text = description.c_str();
  return success;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  MockGpu gpu = gpuOf(device);
  switch (attribute) {
  case multiprocessorCount:
    *value = gpu.processors;
    break;
  case computeCapabilityMajor:
    *value = gpu.major;
    break;
  case computeCapabilityMinor:
    *value = gpu.minor;
    break;
  case cooperativeLaunch:
    *value = 1;
    break;
  case maxSharedBytesPerBlock:
    *value = getMostSharedBytes(device);
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
  Locked locked;
  mock().libraries.push_back({const_cast<void *>(image)});
  *library = &mock().libraries.back();
  return success;
}

int cuLibraryUnload(Handle library) {
  Locked locked;
  if (!findLibrary(library))
    return refuse("what is unloaded was not loaded", invalidHandle);
  mock().libraries.remove_if(
      [=](const Library &loaded) { return &loaded == library; });
  return enter("cuLibraryUnload");
}

int cuLibraryGetKernel(Handle *kernel, Handle library, const char *name) {
  Locked locked;
  const Library *loaded = findLibrary(library);
  if (!loaded)
    return refuse("a kernel of what was not loaded", invalidHandle);
  auto *image = static_cast<const MockImage *>(loaded->image);
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

int cuKernelSetAttribute(int attribute, int value, Handle kernel, int device) {
  Locked locked;
  if (attribute != maxDynamicSharedBytes ||
      value + declaredBytes > getMostSharedBytes(device))
    return refuse("attribute " + std::to_string(attribute) + " set to " +
                  std::to_string(value));
  mock().dynamicBytes[{kernel, device}] = value;
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

} // extern "C"
