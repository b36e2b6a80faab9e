//===- Barrier.h - barriers in shared memory (mbarrier) -------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_BARRIER_H
#define STEEPEST_TEST_CUDA_MODEL_BARRIER_H

#include <cstdint>
#include <map>

namespace sm_model {

/// An mbarrier object: a phase ends when no arrival is pending and no expected
/// byte outstanding. Bytes may come before they are expected.
struct Barrier {
  int expected, pending;
  int64_t bytes = 0;
  uint32_t parity = 0;
};

/// Of one block, by their offset in shared memory.
using Barriers = std::map<uint32_t, Barrier>;
Barriers &barriersOf(uint32_t address);

void initBarrier(uint32_t address, int arrivals);
void arrive(uint32_t address, int expectedBytes);
/// Ends a barrier, at which nobody may be missing.
void invalidateBarrier(uint32_t address);
/// Says that TMA has written `bytes`.
void completeBytes(uint32_t address, int bytes);
/// Whether the phase of that parity has ended.
bool phaseEnded(uint32_t address, uint32_t parity);
void waitForPhase(uint32_t address, uint32_t parity);
/// Fails if TMA or a store writes over a barrier.
void checkNoBarrier(uint32_t address, int bytes);

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_BARRIER_H
