//===- MockMemory.cpp - what hosts ask of a driver beside launches --------===//
//
// A context, memory, copies and waiting, for hosts that have no framework that
// does it for them. Memory is host memory full of NaNs.
//
//===----------------------------------------------------------------------===//

#include "Mock.h"
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {

constexpr int success = 0;
constexpr int invalidValue = 1;
constexpr int outOfMemory = 2;
constexpr size_t alignment = 256;

std::map<uint64_t, size_t> &allocations() {
  static std::map<uint64_t, size_t> known;
  return known;
}

} // namespace

extern "C" {

int cuDeviceGet(int *device, int number) {
  *device = number;
  return number == 0 ? success : invalidValue;
}

int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &allocations();
  return success;
}

int cuCtxSetCurrent(void *context) {
  MockSettings settings = mock_defaults();
  settings.hasContext = context != nullptr;
  mock_configure(&settings);
  return success;
}

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  if (bytes == 0)
    return invalidValue;
  size_t whole = (bytes + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, whole);
  if (!memory)
    return outOfMemory;
  memset(memory, 0xff, whole);
  *address = reinterpret_cast<uint64_t>(memory);
  allocations()[*address] = bytes;
  return success;
}

int cuMemFree_v2(uint64_t address) {
  if (!allocations().erase(address))
    return invalidValue;
  free(reinterpret_cast<void *>(address));
  return success;
}

int cuMemcpyDtoH_v2(void *target, uint64_t source, size_t bytes) {
  memcpy(target, reinterpret_cast<void *>(source), bytes);
  return success;
}

int cuStreamSynchronize(void *) { return success; }

int64_t mock_allocations(void) { return int64_t(allocations().size()); }

} // extern "C"
