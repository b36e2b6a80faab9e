//===- Copies.cpp - cp.async and tensor memory accesses -------------------===//

#include "Copies.h"
#include "Barrier.h"
#include "Groups.h"
#include "Machine.h"
#include <cstring>
#include <vector>

namespace sm_model {

//===----------------------------------------------------------------------===//
// cp.async
//===----------------------------------------------------------------------===//

void copyAsync(uint32_t shared, const void *global, int bytes, int valid) {
  if (valid < 0 || valid > bytes)
    fail("cp.async reads " + std::to_string(valid) + " of " +
         std::to_string(bytes) + " bytes");
  if (valid != 0 && (uintptr_t)global % bytes != 0)
    fail("cp.async from an address that is no multiple of " +
         std::to_string(bytes));
  unsigned char *to = sharedPointer(shared, bytes, bytes, "cp.async");
  checkNoBarrier(shared, bytes);
  memset(to, 0xff, bytes);
  copies().open.push_back(enqueue([=] {
    memset(to, 0, bytes);
    if (valid)
      memcpy(to, global, valid);
  }));
}

void commitCopies() { copies().commit(); }
void waitForCopies(int pending) { copies().wait(pending); }

//===----------------------------------------------------------------------===//
// TMA
//===----------------------------------------------------------------------===//

const char *encodeTensorMap(void *map, const void *base,
                            const uint32_t sizes[3], const uint64_t strides[2],
                            const uint32_t box[3], int elementBytes,
                            bool swizzled) {
  if ((uintptr_t)base % 16 != 0)
    return "the base of a tensor map is no multiple of 16";
  if (strides[0] % 16 != 0 || strides[1] % 16 != 0)
    return "a stride of a tensor map is no multiple of 16";
  if (swizzled && box[0] * elementBytes > 128)
    return "a swizzled box is wider than 128 bytes";
  if (box[0] * elementBytes % 16 != 0)
    return "a row of a box is no multiple of 16 bytes";
  for (int d = 0; d < 3; ++d) {
    if (box[d] < 1 || box[d] > 256)
      return "a box has more than 256 elements in a dimension, or none";
    if (sizes[d] < 1)
      return "a dimension of a tensor map is empty";
  }
  TensorMap tensor;
  memset(&tensor, 0, sizeof(tensor));
  tensor.base = (uintptr_t)base;
  memcpy(tensor.sizes, sizes, sizeof(tensor.sizes));
  memcpy(tensor.box, box, sizeof(tensor.box));
  memcpy(tensor.strides, strides, sizeof(tensor.strides));
  tensor.elementBytes = elementBytes;
  tensor.swizzled = swizzled;
  static_assert(sizeof(TensorMap) <= 128);
  memcpy(map, &tensor, sizeof(tensor));
  return nullptr;
}

void copyBulk(uint32_t shared, const void *global, int bytes,
              uint32_t barrier) {
  if (bytes <= 0 || bytes % 16 != 0 || (uintptr_t)global % 16 != 0)
    fail("a bulk copy of " + std::to_string(bytes) +
         " bytes, or from an address, that is no multiple of 16");
  sharedPointer(shared, bytes, 16, "a bulk copy");
  checkNoBarrier(shared, bytes);
  checkGlobalFenced(global, bytes);
  // In parts, which come in any order.
  for (int at = 0, part; at < bytes; at += part) {
    part = bytes - at < 4096 ? bytes - at : 4096;
    enqueue([=] {
      memcpy(sharedPointer(shared + at, part, 16, "a bulk copy"),
             (const char *)global + at, part);
      completeBytes(barrier, part);
    });
  }
}

namespace {

/// One transfer between a box in shared memory and a tensor.
struct Transfer {
  TensorMap map;
  uint32_t shared; // of the first element
  int at[3];

  int bytes() const {
    return map.box[0] * map.box[1] * map.box[2] * map.elementBytes;
  }

  /// Calls what(shared address, global address or null) for every element.
  template <class What> void forEach(const What &what) const {
    uint32_t offset = shared;
    for (uint32_t z = 0; z < map.box[2]; ++z)
      for (uint32_t y = 0; y < map.box[1]; ++y)
        for (uint32_t x = 0; x < map.box[0]; ++x) {
          int64_t gx = (int64_t)at[0] + x, gy = (int64_t)at[1] + y;
          int64_t gz = (int64_t)at[2] + z;
          bool inside = gx >= 0 && gx < map.sizes[0] && gy >= 0 &&
                        gy < map.sizes[1] && gz >= 0 && gz < map.sizes[2];
          char *global = inside
                             ? (char *)map.base + gz * map.strides[1] +
                                   gy * map.strides[0] + gx * map.elementBytes
                             : nullptr;
          uint32_t address = offset;
          if (map.swizzled)
            address ^= (address >> 7 & 7) << 4;
          what(address, global);
          offset += map.elementBytes;
        }
  }
};

} // namespace

static Transfer makeTransfer(const void *map, uint32_t shared, int x, int y,
                             int z, const char *who) {
  Transfer transfer;
  memcpy(&transfer.map, map, sizeof(TensorMap));
  if (transfer.map.elementBytes == 0 || transfer.map.elementBytes > 8)
    fail(std::string(who) + " with memory that is no tensor map");
  transfer.shared = shared;
  transfer.at[0] = x;
  transfer.at[1] = y;
  transfer.at[2] = z;
  sharedPointer(shared, transfer.bytes(), transfer.map.swizzled ? 1024 : 128,
                who);
  return transfer;
}

void loadBox(uint32_t shared, const void *map, uint32_t barrier, int x, int y,
             int z, uint32_t blocks) {
  for (uint32_t rank = 0; blocks >> rank; ++rank) {
    if (!(blocks >> rank & 1))
      continue;
    uint32_t to = offsetOf(shared) | rank << 24;
    uint32_t tell = offsetOf(barrier) | rank << 24;
    Transfer transfer = makeTransfer(map, to, x, y, z, "a TMA load");
    checkNoBarrier(to, transfer.bytes());
    enqueue([=] {
      transfer.forEach([&](uint32_t address, const char *global) {
        unsigned char *element =
            sharedPointer(address, transfer.map.elementBytes, 1, "a TMA load");
        if (global)
          memcpy(element, global, transfer.map.elementBytes);
        else
          memset(element, 0, transfer.map.elementBytes);
      });
      completeBytes(tell, transfer.bytes());
    });
  }
}

void storeBox(const void *map, uint32_t shared, int x, int y, int z) {
  Transfer transfer = makeTransfer(map, shared, x, y, z, "a TMA store");
  checkFenced(shared, transfer.bytes());
  stores().open.push_back(enqueue([=] {
    transfer.forEach([&](uint32_t address, char *global) {
      if (global)
        memcpy(
            global,
            sharedPointer(address, transfer.map.elementBytes, 1, "a TMA store"),
            transfer.map.elementBytes);
    });
  }));
}

void commitStores() { stores().commit(); }
void waitForStores(int pending) { stores().wait(pending); }

} // namespace sm_model
