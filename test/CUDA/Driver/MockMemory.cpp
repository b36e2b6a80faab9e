//===- MockMemory.cpp - memory of the mock driver -------------------------===//
//
// Memory and copies, for hosts that have no framework that does it for them.
// Memory is host memory full of NaNs.
//
//===----------------------------------------------------------------------===//

#include "MockState.h"
#include <cstdlib>
#include <cstring>

using namespace steepest;

static constexpr size_t alignment = 256;

extern "C" {

int cuMemAlloc_v2(Pointer *memory, size_t bytes) {
  if (bytes == 0)
    return invalidValue;
  size_t whole = (bytes + alignment - 1) / alignment * alignment;
  void *allocated = aligned_alloc(alignment, whole);
  if (!allocated)
    return outOfMemory;
  memset(allocated, 0xff, whole);
  *memory = reinterpret_cast<Pointer>(allocated);
  Locked locked;
  mock().allocations[*memory] = bytes;
  return enter("cuMemAlloc_v2");
}

int cuMemFree_v2(Pointer memory) {
  Locked locked;
  if (!mock().allocations.erase(memory))
    return invalidValue;
  free(reinterpret_cast<void *>(memory));
  return enter("cuMemFree_v2");
}

int cuMemsetD8Async(Pointer memory, unsigned char value, size_t bytes, Stream) {
  memset(reinterpret_cast<void *>(memory), value, bytes);
  return enter("cuMemsetD8Async");
}

int cuMemcpyHtoD_v2(Pointer memory, const void *data, size_t bytes) {
  memcpy(reinterpret_cast<void *>(memory), data, bytes);
  return enter("cuMemcpyHtoD_v2");
}

int cuMemcpyDtoH_v2(void *data, Pointer memory, size_t bytes) {
  memcpy(data, reinterpret_cast<const void *>(memory), bytes);
  return enter("cuMemcpyDtoH_v2");
}

int cuMemcpyDtoDAsync_v2(Pointer target, Pointer source, size_t bytes, Stream) {
  memcpy(reinterpret_cast<void *>(target),
         reinterpret_cast<const void *>(source), bytes);
  return enter("cuMemcpyDtoDAsync_v2");
}

int64_t mock_allocations(void) { return int64_t(mock().allocations.size()); }

} // extern "C"
