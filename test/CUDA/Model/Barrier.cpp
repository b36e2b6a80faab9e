//===- Barrier.cpp - barriers in shared memory ----------------------------===//

#include "Barrier.h"
#include "Machine.h"

namespace sm_model {

static std::string nameOf(uint32_t address) {
  return "the mbarrier at shared byte " + std::to_string(offsetOf(address)) +
         " of the cluster's block " + std::to_string(rankOf(address));
}

static Barrier &find(uint32_t address) {
  Barriers &barriers = barriersOf(address);
  auto at = barriers.find(offsetOf(address));
  if (at == barriers.end())
    fail(nameOf(address) + " has not been initialised");
  return at->second;
}

static void endPhaseIfDone(Barrier &barrier) {
  if (barrier.pending != 0 || barrier.bytes != 0)
    return;
  barrier.parity ^= 1;
  barrier.pending = barrier.expected;
}

void initBarrier(uint32_t address, int arrivals) {
  sharedPointer(address, 8, 8, "mbarrier.init");
  if (arrivals < 1 || arrivals >= 1 << 20)
    fail("mbarrier.init for " + std::to_string(arrivals) + " arrivals");
  if (barriersOf(address).count(offsetOf(address)))
    fail("mbarrier.init of " + nameOf(address) + ", which is one already");
  Barrier barrier;
  barrier.expected = barrier.pending = arrivals;
  barriersOf(address)[offsetOf(address)] = barrier;
}

void arrive(uint32_t address, int expectedBytes) {
  Barrier &barrier = find(address);
  if (barrier.pending == 0)
    fail("arrives at " + nameOf(address) + " more than " +
         std::to_string(barrier.expected) + " times in a phase");
  barrier.bytes += expectedBytes;
  --barrier.pending;
  endPhaseIfDone(barrier);
}

void invalidateBarrier(uint32_t address) {
  Barrier &barrier = find(address);
  if (barrier.bytes != 0)
    fail("mbarrier.inval of " + nameOf(address) + ", which expects " +
         std::to_string(barrier.bytes) + " bytes");
  barriersOf(address).erase(offsetOf(address));
}

void completeBytes(uint32_t address, int bytes) {
  Barrier &barrier = find(address);
  barrier.bytes -= bytes;
  if (barrier.bytes <= -(1 << 20))
    fail(nameOf(address) + " counts more bytes than it can");
  endPhaseIfDone(barrier);
}

bool phaseEnded(uint32_t address, uint32_t parity) {
  return find(address).parity != parity;
}

void waitForPhase(uint32_t address, uint32_t parity) {
  Barrier *barrier = &find(address);
  waitUntil([=] { return barrier->parity != parity; },
            [=] {
              return "the end of phase " + std::to_string(parity) + " of " +
                     nameOf(address) + " (" + std::to_string(barrier->pending) +
                     " of " + std::to_string(barrier->expected) +
                     " arrivals pending, " + std::to_string(barrier->bytes) +
                     " bytes outstanding)";
            });
}

void checkNoBarrier(uint32_t address, int bytes) {
  Barriers &barriers = barriersOf(address);
  auto at =
      barriers.lower_bound(offsetOf(address) < 8 ? 0 : offsetOf(address) - 7);
  if (at != barriers.end() && at->first < offsetOf(address) + bytes)
    fail("writes over " + nameOf(at->first | rankOf(address) << 24));
}

} // namespace sm_model
