//===- Primitives.h - the device template's primitives on the model -------===//
//
// runtime/CUDA/Device/Primitives.h includes this file under STEEPEST_SM_MODEL,
// in place of Ptx.h.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_PRIMITIVES_H
#define STEEPEST_TEST_CUDA_MODEL_PRIMITIVES_H

#include "Barrier.h"
#include "Copies.h"
#include "Machine.h"
#include "Matrix.h"
#include "Numbers.h"
#include <cmath>
#include <cstring>

namespace steepest::sm {

using sm_model::blockIndex;
using sm_model::clusterRank;
using sm_model::gridSize;
using sm_model::threadIndex;

inline void syncThreads() {
  sm_model::collective(sm_model::Team::Block, "bar.sync 0", nullptr, nullptr);
}
inline void syncSome(int id, int threads) {
  sm_model::namedBarrier(id, threads);
}
inline void syncWarp() {
  sm_model::collective(sm_model::Team::Warp, "bar.warp.sync", nullptr, nullptr);
}
inline void syncCluster() {
  sm_model::collective(sm_model::Team::Cluster, "barrier.cluster", nullptr,
                       nullptr);
}
inline int shuffle(int value, int lane) {
  return (int)sm_model::shuffle((uint32_t)value, lane);
}
inline float shuffleXor(float value, int mask) {
  return sm_model::floatOfBits(
      sm_model::shuffleXor(sm_model::bitsOfFloat(value), mask));
}

inline float fma(float a, float b, float c) { return std::fma(a, b, c); }
inline double fma(double a, double b, double c) { return std::fma(a, b, c); }
inline float squareRoot(float x) { return std::sqrt(x); }
inline float reciprocal(float x) { return 1 / x; }
using sm_model::bitsOfFloat;
using sm_model::floatOfBits;
using sm_model::fromBf16;
using sm_model::fromF16;
using sm_model::toTf32;
inline uint32_t packBf16(float first, float second) {
  return sm_model::toBf16(first) | sm_model::toBf16(second) << 16;
}
inline uint32_t packF16(float first, float second) {
  return sm_model::toF16(first) | sm_model::toF16(second) << 16;
}

using sm_model::sharedAddress;
using sm_model::sharedMemory;

/// Fails at an address that the instruction would refuse.
inline const void *aligned16(const void *pointer) {
  if ((uintptr_t)pointer % 16 != 0)
    sm_model::fail("sixteen bytes at an address that is no multiple of 16");
  return pointer;
}
inline Chunk loadChunk(const void *pointer) {
  Chunk chunk;
  memcpy(&chunk, aligned16(pointer), sizeof(chunk));
  return chunk;
}
inline void storeChunk(void *pointer, const Chunk &chunk) {
  memcpy(const_cast<void *>(aligned16(pointer)), &chunk, sizeof(chunk));
}

inline void loadTwo(const float *from, float &first, float &second) {
  if ((uintptr_t)from % 8 != 0)
    sm_model::fail("eight bytes at an address that is no multiple of 8");
  first = from[0];
  second = from[1];
}
inline void storeTwo(float *to, float first, float second) {
  if ((uintptr_t)to % 8 != 0)
    sm_model::fail("eight bytes at an address that is no multiple of 8");
  to[0] = first;
  to[1] = second;
}

inline void copyChunkAsync(uint32_t shared, const void *global, int bytes) {
  sm_model::copyAsync(shared, global, 16, bytes);
}
using sm_model::commitCopies;
template <int pending> void waitForCopies() {
  sm_model::waitForCopies(pending);
}

inline void loadMatrices(uint32_t (&r)[4], uint32_t address) {
  sm_model::loadMatrices(r, 4, address, false);
}
inline void loadTransposed(uint32_t (&r)[4], uint32_t address) {
  sm_model::loadMatrices(r, 4, address, true);
}
inline void storeMatrices(uint32_t address, const uint32_t (&r)[4]) {
  sm_model::storeMatrices(address, r, 4, false);
}
inline void storeTransposed(uint32_t address, const uint32_t (&r)[4]) {
  sm_model::storeMatrices(address, r, 4, true);
}
inline void storeShared(uint32_t address, uint32_t value) {
  memcpy(sm_model::sharedPointer(address, 4, 4, "st.shared"), &value, 4);
  sm_model::checkNoBarrier(address, 4);
  sm_model::noteWrite(address, 4);
}
inline void storeShared(uint32_t address, uint32_t first, uint32_t second) {
  sm_model::sharedPointer(address, 8, 8, "st.shared.v2");
  storeShared(address, first);
  storeShared(address + 4, second);
}
inline uint32_t loadShared(uint32_t address) {
  uint32_t value;
  memcpy(&value, sm_model::sharedPointer(address, 4, 4, "ld.shared"), 4);
  return value;
}

constexpr sm_model::Element elementOf(MmaType type) {
  return type == MmaType::Bf16  ? sm_model::Element::Bf16
         : type == MmaType::F16 ? sm_model::Element::F16
                                : sm_model::Element::Tf32;
}
template <MmaType type>
void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  uint32_t b[2] = {b0, b1};
  sm_model::mma(elementOf(type), d, a, b, d);
}

inline void initBarrier(uint64_t *barrier, int arrivals) {
  sm_model::initBarrier(sharedAddress(barrier), arrivals);
}
inline void fenceBarrierInit() {}
inline void arrive(uint64_t *barrier) {
  sm_model::arrive(sharedAddress(barrier), 0);
}
inline void arriveAt(uint64_t *barrier, int rank) {
  sm_model::arrive(
      sm_model::offsetOf(sharedAddress(barrier)) | (uint32_t)rank << 24, 0);
}
inline void arriveExpecting(uint64_t *barrier, int bytes) {
  sm_model::arrive(sharedAddress(barrier), bytes);
}
inline void invalidateBarrier(uint64_t *barrier) {
  sm_model::invalidateBarrier(sharedAddress(barrier));
}
inline void copyBulk(uint32_t shared, const void *global, int bytes,
                     uint64_t *barrier) {
  sm_model::copyBulk(shared, global, bytes, sharedAddress(barrier));
}
inline void storeForCopies(void *pointer, const Chunk &chunk) {
  storeChunk(pointer, chunk);
  sm_model::noteGlobalWrite(pointer, sizeof(chunk));
}
using sm_model::fenceForCopies;
inline void waitForPhase(uint64_t *barrier, uint32_t parity) {
  sm_model::waitForPhase(sharedAddress(barrier), parity);
}

inline void loadBox(uint32_t shared, const SteepestTensorMap *map,
                    uint64_t *barrier, int x, int y, int z) {
  sm_model::loadBox(shared, map, sharedAddress(barrier), x, y, z,
                    1u << clusterRank());
}
inline void loadBoxMulticast(uint32_t shared, const SteepestTensorMap *map,
                             uint64_t *barrier, int x, int y, int z,
                             uint16_t blocks) {
  sm_model::loadBox(shared, map, sharedAddress(barrier), x, y, z, blocks);
}
inline void storeBox(const SteepestTensorMap *map, uint32_t shared, int x,
                     int y, int z) {
  sm_model::storeBox(map, shared, x, y, z);
}
using sm_model::commitStores;
using sm_model::fenceForStores;
inline void waitForStoresToRead() { sm_model::waitForStores(0); }
inline void waitForStores() { sm_model::waitForStores(0); }
inline void prefetchTensorMap(const SteepestTensorMap *) {}

template <int count> void raiseRegisters() {}
template <int count> void lowerRegisters() {}
inline void fenceWgmma() {}
using sm_model::commitWgmma;
template <int pending> void waitForWgmma() { sm_model::waitForWgmma(pending); }
template <MmaType type, bool transposeA, bool transposeB, int count>
void wgmma(float (&d)[count], uint64_t a, uint64_t b) {
  sm_model::wgmma(elementOf(type), 2 * count, d, a, b, transposeA, transposeB,
                  true);
}

} // namespace steepest::sm

#endif // STEEPEST_TEST_CUDA_MODEL_PRIMITIVES_H
