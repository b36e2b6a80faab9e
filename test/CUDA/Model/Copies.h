//===- Copies.h - cp.async and tensor memory accesses ---------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_COPIES_H
#define STEEPEST_TEST_CUDA_MODEL_COPIES_H

#include <cstdint>

namespace sm_model {

//===----------------------------------------------------------------------===//
// cp.async
//===----------------------------------------------------------------------===//

/// Sixteen (or 4, or 8) bytes to shared memory, the first `valid` of them read,
/// the others zero. Until they are there, they are not-a-numbers.
void copyAsync(uint32_t shared, const void *global, int bytes, int valid);
void commitCopies();
void waitForCopies(int pending);

//===----------------------------------------------------------------------===//
// TMA
//===----------------------------------------------------------------------===//

/// Copies bytes of global memory to this block's shared memory, and tells the
/// barrier. Fails if they were written without a fence.
void copyBulk(uint32_t shared, const void *global, int bytes, uint32_t barrier);

/// A tensor map as the model reads it, in place of the driver's: up to three
/// dimensions, the first one contiguous.
struct TensorMap {
  uint64_t base;
  uint32_t sizes[3];
  uint32_t box[3];
  uint64_t strides[2]; // bytes, of dimensions 1 and 2
  uint32_t elementBytes;
  uint32_t swizzled; // 128-byte swizzle, or none
};

/// Fills the 128 bytes at `map`. Returns null, or what the driver would refuse.
const char *encodeTensorMap(void *map, const void *base,
                            const uint32_t sizes[3], const uint64_t strides[2],
                            const uint32_t box[3], int elementBytes,
                            bool swizzled);

/// Loads a box into every block of `blocks` (a mask) at the same offset, and
/// tells the barrier at the same offset there.
void loadBox(uint32_t shared, const void *map, uint32_t barrier, int x, int y,
             int z, uint32_t blocks);
void storeBox(const void *map, uint32_t shared, int x, int y, int z);
void commitStores();
/// Waits until all but the last `pending` groups of stores have read.
void waitForStores(int pending);

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_COPIES_H
