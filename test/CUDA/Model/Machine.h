//===- Machine.h - a CPU model of a streaming multiprocessor --------------===//
//
// Runs a kernel on the CPU, each CUDA thread a fibre, the blocks of a cluster
// at once and clusters one after another. What is asynchronous on a GPU
// (cp.async, TMA, wgmma) is so here: it happens at a time that `Timing` chooses
// among those the architecture allows, so that a missing wait shows. A kernel
// that cannot go on, and what the architecture leaves undefined, end the launch
// with a message.
//
// Not modelled: speed, bank conflicts, the memory model between threads (a
// store is seen at once), registers.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_MACHINE_H
#define STEEPEST_TEST_CUDA_MODEL_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sm_model {

enum class Timing {
  Eager,  // asynchronous operations happen when they are issued
  Lazy,   // ... when they are waited for or nothing else can happen
  Random, // ... at any time between
};

struct Launch {
  int grid = 1, block = 32, cluster = 1; // one dimension each
  size_t sharedBytes = 0;                // dynamic
  Timing timing = Timing::Eager;
  uint64_t seed = 1; // of the order of threads and of Timing::Random
};

/// Runs `kernel` in every thread. Returns an empty text, or why it was ended:
/// a deadlock (with who waits for what), or an operation that is not allowed.
std::string launch(const Launch &launch, const std::function<void()> &kernel);

/// Ends the launch with a message that says which thread it was.
[[noreturn]] void fail(const std::string &message);

/// The ways to ask who runs.
int threadIndex();
int blockIndex();
int blockSize();
int gridSize();
int clusterRank();
int clusterSize();

//===----------------------------------------------------------------------===//
// For the parts of the model
//===----------------------------------------------------------------------===//

/// Leaves the processor until `ready`; `why` completes "waits for ...".
void waitUntil(const std::function<bool()> &ready,
               const std::function<std::string()> &why);

/// Lets the others go on, as a thread does that sleeps before it looks again at
/// what one of them may write; `why` completes "waits for ...". When all that
/// still run do nothing else, they will for ever.
void poll(const std::function<std::string()> &why);

/// Waits until `count` threads have come to the collective operation `name` of
/// the team (a warp, a warp group, a block, a named barrier, a cluster); the
/// last one to come calls `perform` with what each gave, by its index in the
/// team.
enum class Team { Warp, WarpGroup, Block, Cluster };
void collective(Team team, const char *name, void *arguments,
                const std::function<void(void **)> &perform);
/// The same for `count` threads of the block at barrier `id`.
void namedBarrier(int id, int count);

/// Runs `operation` when Timing says: `now` for Eager; else when `flush` is
/// called on it, or nothing else can happen (Lazy), or at random.
using Operation = std::function<void()>;
uint64_t enqueue(Operation operation);
/// Makes an operation happen now, if it has not.
void complete(uint64_t operation);
bool isLazy();

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

/// The dynamic shared memory of this block.
unsigned char *sharedMemory();

/// Addresses of shared memory are offset | rank of the block << 24.
uint32_t sharedAddress(const void *pointer);
inline uint32_t rankOf(uint32_t address) { return address >> 24; }
inline uint32_t offsetOf(uint32_t address) { return address & 0xffffff; }

/// The memory at `address`, `bytes` of it; fails beyond the end or if the
/// address is not a multiple of `alignment`.
unsigned char *sharedPointer(uint32_t address, size_t bytes, int alignment,
                             const char *who);

/// Ordinary writes of this thread to shared memory that TMA has not been shown
/// by a fence yet.
void noteWrite(uint32_t address, int bytes);
void fenceForStores();
/// Fails if a thread of the block has written there without a fence.
void checkFenced(uint32_t address, int bytes);

/// The same for ordinary writes to global memory that bulk copies are to read:
/// the fence is for them and for those to shared memory.
void noteGlobalWrite(const void *pointer, int bytes);
void fenceForCopies();
void checkGlobalFenced(const void *pointer, int bytes);

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_MACHINE_H
