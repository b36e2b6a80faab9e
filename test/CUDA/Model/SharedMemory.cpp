//===- SharedMemory.cpp - what threads reach, and what TMA is shown -------===//

#include "State.h"

namespace sm_model {

unsigned char *sharedMemory() { return currentBlock().shared; }

uint32_t sharedAddress(const void *pointer) {
  const Block &block = currentBlock();
  auto *at = (const unsigned char *)pointer;
  if (at < block.shared || at > block.shared + machine->launch.sharedBytes)
    fail("takes the shared address of memory that is not the block's");
  return (uint32_t)(at - block.shared) | (uint32_t)current().block << 24;
}

unsigned char *sharedPointer(uint32_t address, size_t bytes, int alignment,
                             const char *who) {
  if (rankOf(address) >= machine->blocks.size() ||
      offsetOf(address) + bytes > machine->launch.sharedBytes)
    fail(std::string(who) + " reaches byte " +
         std::to_string(offsetOf(address) + bytes) + " of " +
         std::to_string(machine->launch.sharedBytes) + " of shared memory");
  if (offsetOf(address) % alignment != 0)
    fail(std::string(who) + " at shared byte " +
         std::to_string(offsetOf(address)) + ", no multiple of " +
         std::to_string(alignment));
  return machine->blocks[rankOf(address)].shared + offsetOf(address);
}

void noteWrite(uint32_t address, int bytes) {
  auto &unfenced = current().unfenced;
  if (!unfenced.empty() &&
      unfenced.back().first + unfenced.back().second == address)
    unfenced.back().second += bytes;
  else
    unfenced.push_back({address, bytes});
}

void fenceForStores() { current().unfenced.clear(); }

void checkFenced(uint32_t address, int bytes) {
  for (const Thread &thread : machine->threads)
    for (auto [start, length] : thread.unfenced)
      if (start < address + bytes && address < start + length)
        fail("TMA stores shared byte " + std::to_string(offsetOf(start)) +
             ", which thread " + std::to_string(thread.index) +
             " wrote without a fence to the asynchronous proxy");
}

void noteGlobalWrite(const void *pointer, int bytes) {
  current().unfencedGlobal.push_back({(uintptr_t)pointer, bytes});
}

void fenceForCopies() {
  current().unfenced.clear();
  current().unfencedGlobal.clear();
}

void checkGlobalFenced(const void *pointer, int bytes) {
  auto address = (uintptr_t)pointer;
  for (const Thread &thread : machine->threads)
    for (auto [start, length] : thread.unfencedGlobal)
      if (start < address + bytes && address < start + length)
        fail("a bulk copy reads byte " + std::to_string(start - address) +
             " of what it copies, which thread " +
             std::to_string(thread.index) + " of block " +
             std::to_string(thread.block) +
             " wrote without a fence to the asynchronous proxy");
}

Barriers &barriersOf(uint32_t address) {
  return machine->blocks[rankOf(address)].barriers;
}

} // namespace sm_model
