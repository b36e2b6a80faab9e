//===- State.h - what the model knows of a launch -------------------------===//
//
// For the parts of the machine itself: Machine.cpp runs threads,
// Collectives.cpp lets them meet, SharedMemory.cpp checks what they reach.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_STATE_H
#define STEEPEST_TEST_CUDA_MODEL_STATE_H

#include "Barrier.h"
#include "Groups.h"
#include "Machine.h"
#include <boost/context/detail/fcontext.hpp>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace sm_model {

/// One operation that threads come to together.
struct Collective {
  const char *name = nullptr;
  std::vector<void *> arguments;
  int arrived = 0;
  uint64_t generation = 0;
};

/// The stack of a thread, above a page that nobody may touch: a frame that is
/// too large faults there and does not write into the heap.
class Stack {
public:
  static constexpr size_t bytes = 512 << 10;

  /// Maps it.
  Stack();
  Stack(Stack &&other) noexcept
      : memory(std::exchange(other.memory, nullptr)) {}
  ~Stack();

  char *get() const { return memory; }

private:
  char *memory;
};

struct Thread {
  explicit Thread(Stack stack) : stack(std::move(stack)) {}

  Stack stack;
  boost::context::detail::fcontext_t place; // where it goes on
  int block, index;
  bool done = false;
  bool polls = false; // since it was last entered
  std::function<bool()> ready;
  std::function<std::string()> why;
  std::vector<std::pair<uint32_t, int>> unfenced;
  std::vector<std::pair<uintptr_t, int>> unfencedGlobal;
  Groups copies, stores;
};

struct Block {
  int index;
  unsigned char *shared = nullptr;
  std::vector<Collective> warps, warpGroups;
  std::vector<Groups> products; // of each warp group
  Collective all;
  std::map<int, Collective> named;
  Barriers barriers;
};

struct Pending {
  uint64_t id;
  Operation operation;
};

struct Machine {
  Launch launch;
  const std::function<void()> *kernel;
  std::vector<Thread> threads; // of the cluster
  std::vector<Block> blocks;
  Collective cluster;
  std::vector<Pending> pending;
  uint64_t nextOperation = 1;
  boost::context::detail::fcontext_t schedulerPlace;
  Thread *current = nullptr;
  std::string error;
  uint64_t random;
  // What the sanitizer calls the scheduler's stack.
  const void *schedulerStack = nullptr;
  size_t schedulerBytes = 0;

  uint64_t draw() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  }
};

/// The launch that this thread of the host runs. Not `thread_local`, of which
/// another file asks by a call whether it is initialized.
extern __thread Machine *machine;

inline Thread &current() { return *machine->current; }
inline Block &currentBlock() { return machine->blocks[current().block]; }

/// Makes one of the pending operations happen.
void performPending(size_t at);

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_STATE_H
