//===- Machine.cpp - fibres, their order, deadlocks -----------------------===//

#include "Machine.h"
#include "Barrier.h"
#include "Groups.h"
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <setjmp.h>
#include <ucontext.h>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define SM_MODEL_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SM_MODEL_ADDRESS_SANITIZER
#endif
#endif
#ifdef SM_MODEL_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace sm_model {

namespace {

/// One operation that threads come to together.
struct Collective {
  const char *name = nullptr;
  std::vector<void *> arguments;
  int arrived = 0;
  uint64_t generation = 0;
};

struct Thread {
  ucontext_t context;
  jmp_buf place; // where it left, once it has begun
  bool begun = false;
  std::unique_ptr<char[]> stack;
  int block, index;
  bool done = false;
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

struct OperationFailed {};

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
  ucontext_t scheduler;
  jmp_buf schedulerPlace;
  Thread *current = nullptr;
  std::string error;
  uint64_t random;
#ifdef SM_MODEL_ADDRESS_SANITIZER
  void *schedulerFake = nullptr;
  const void *schedulerStack = nullptr;
  size_t schedulerBytes = 0;
#endif

  uint64_t draw() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  }
};

} // namespace

static constexpr size_t stackBytes = 512 << 10;
static thread_local Machine *machine = nullptr;

static Thread &current() { return *machine->current; }
static Block &currentBlock() { return machine->blocks[current().block]; }

//===----------------------------------------------------------------------===//
// Fibres
//===----------------------------------------------------------------------===//

// Threads begin as contexts. Later they jump, since a switch of contexts asks
// the kernel for the signals that are blocked, which takes longer than most of
// what threads do between two switches. The sanitizer wants to be told of every
// switch, and does not know jumps between stacks.

#ifdef SM_MODEL_ADDRESS_SANITIZER
static void enterThread(Thread &thread) {
  machine->current = &thread;
  void *fake;
  __sanitizer_start_switch_fiber(&fake, thread.stack.get(), stackBytes);
  swapcontext(&machine->scheduler, &thread.context);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}

static void leaveThread(bool forGood) {
  Thread &thread = current();
  void *fake = nullptr;
  __sanitizer_start_switch_fiber(forGood ? nullptr : &fake,
                                 machine->schedulerStack,
                                 machine->schedulerBytes);
  swapcontext(&thread.context, &machine->scheduler);
  __sanitizer_finish_switch_fiber(fake, &machine->schedulerStack,
                                  &machine->schedulerBytes);
}
#else
static void enterThread(Thread &thread) {
  machine->current = &thread;
  if (_setjmp(machine->schedulerPlace))
    return;
  if (thread.begun)
    _longjmp(thread.place, 1);
  thread.begun = true;
  setcontext(&thread.context);
}

static void leaveThread(bool) {
  if (!_setjmp(current().place))
    _longjmp(machine->schedulerPlace, 1);
}
#endif

static void threadMain() {
#ifdef SM_MODEL_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(nullptr, &machine->schedulerStack,
                                  &machine->schedulerBytes);
#endif
  (*machine->kernel)();
  if (!products().open.empty() || !products().committed.empty())
    fail("ends while wgmma of its warp group is in flight");
  if (!stores().open.empty() || !stores().committed.empty())
    fail("ends while TMA may still read what it stores");
  current().done = true;
  leaveThread(true);
}

void fail(const std::string &message) {
  if (!machine->current) {
    // In an operation that happens on its own, on the scheduler's stack.
    if (machine->error.empty())
      machine->error = message;
    throw OperationFailed();
  }
  Thread &thread = current();
  if (machine->error.empty())
    machine->error =
        "block " + std::to_string(machine->blocks[thread.block].index) +
        ", thread " + std::to_string(thread.index) + ": " + message;
  leaveThread(true);
  abort(); // the scheduler never comes back
}

void waitUntil(const std::function<bool()> &ready,
               const std::function<std::string()> &why) {
  if (ready())
    return;
  current().ready = ready;
  current().why = why;
  leaveThread(false);
}

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

/// Threads that wait for the same, as "threads 0-127, 130 of block 2 wait for".
static std::string describeDeadlock() {
  std::map<std::pair<int, std::string>, std::vector<int>> groups;
  for (Thread &thread : machine->threads)
    if (!thread.done)
      groups[{machine->blocks[thread.block].index, thread.why()}].push_back(
          thread.index);
  std::string text = "deadlock:";
  for (auto &[key, indices] : groups) {
    text += "\n  block " + std::to_string(key.first) +
            (indices.size() == 1 ? ", thread " : ", threads ");
    for (size_t i = 0; i < indices.size();) {
      size_t end = i;
      while (end + 1 < indices.size() && indices[end + 1] == indices[end] + 1)
        ++end;
      text += (i ? ", " : "") + std::to_string(indices[i]);
      if (end > i)
        text += "-" + std::to_string(indices[end]);
      i = end + 1;
    }
    text += (indices.size() == 1 ? " waits for " : " wait for ") + key.second;
  }
  return text;
}

static void performPending(size_t at) {
  Pending pending = std::move(machine->pending[at]);
  machine->pending.erase(machine->pending.begin() + at);
  pending.operation();
}

static void runCluster(int first) {
  const Launch &launch = machine->launch;
  std::unique_ptr<unsigned char, decltype(&free)> shared(nullptr, &free);
  size_t bytes = (launch.sharedBytes + 1023) / 1024 * 1024;
  machine->blocks.clear();
  machine->blocks.resize(launch.cluster);
  std::vector<std::unique_ptr<unsigned char, decltype(&free)>> memories;
  for (int rank = 0; rank < launch.cluster; ++rank) {
    Block &block = machine->blocks[rank];
    block.index = first + rank;
    memories.emplace_back(
        (unsigned char *)aligned_alloc(1024, bytes ? bytes : 1024), &free);
    block.shared = memories.back().get();
    // Not-a-numbers, should anyone read what nobody wrote.
    memset(block.shared, 0xff, bytes ? bytes : 1024);
    block.warps.resize((launch.block + 31) / 32);
    block.warpGroups.resize((launch.block + 127) / 128);
    block.products.resize(block.warpGroups.size());
  }
  machine->cluster = {};
  machine->pending.clear();
  machine->threads.resize((size_t)launch.cluster * launch.block);
  for (size_t i = 0; i < machine->threads.size(); ++i) {
    Thread &thread = machine->threads[i];
    thread.block = i / launch.block;
    thread.index = i % launch.block;
    thread.done = thread.begun = false;
    thread.ready = nullptr;
    thread.unfenced.clear();
    thread.copies = thread.stores = {};
    if (!thread.stack)
      thread.stack.reset(new char[stackBytes]);
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.get();
    thread.context.uc_stack.ss_size = stackBytes;
    thread.context.uc_link = nullptr;
    makecontext(&thread.context, threadMain, 0);
  }

  for (;;) {
    bool live = false, progressed = false;
    size_t start = machine->draw() % machine->threads.size();
    for (size_t i = 0; i < machine->threads.size(); ++i) {
      Thread &thread = machine->threads[(start + i) % machine->threads.size()];
      if (thread.done)
        continue;
      live = true;
      if (thread.ready && !thread.ready())
        continue;
      thread.ready = nullptr;
      enterThread(thread);
      machine->current = nullptr;
      if (!machine->error.empty())
        return;
      progressed = true;
    }
    if (!machine->pending.empty() &&
        (!progressed ||
         (launch.timing == Timing::Random && machine->draw() % 2))) {
      performPending(machine->draw() % machine->pending.size());
      progressed = true;
      if (!machine->error.empty())
        return;
    }
    if (!live)
      break;
    if (!progressed) {
      machine->error = describeDeadlock();
      return;
    }
  }
  // What nobody waited for happens after all.
  while (!machine->pending.empty())
    performPending(0);
}

std::string launch(const Launch &launch, const std::function<void()> &kernel) {
  Machine here;
  here.launch = launch;
  here.kernel = &kernel;
  here.random = launch.seed * 0x9e3779b97f4a7c15ull | 1;
  Machine *outer = machine;
  machine = &here;
  if (launch.grid % launch.cluster != 0)
    here.error = "the grid is no multiple of the cluster";
  try {
    for (int first = 0; first < launch.grid && here.error.empty();
         first += launch.cluster)
      runCluster(first);
  } catch (OperationFailed) {
    // The message is in `error`.
  }
  machine = outer;
  return here.error;
}

int threadIndex() { return current().index; }
int blockIndex() { return currentBlock().index; }
int blockSize() { return machine->launch.block; }
int gridSize() { return machine->launch.grid; }
int clusterRank() { return current().block; }
int clusterSize() { return machine->launch.cluster; }
bool isLazy() { return machine->launch.timing != Timing::Eager; }

//===----------------------------------------------------------------------===//
// Threads together, and operations on their own
//===----------------------------------------------------------------------===//

static void meet(Collective &group, const std::string &team, int count,
                 int index, const char *name, void *arguments,
                 const std::function<void(void **)> &perform) {
  if (group.arrived == 0) {
    group.name = name;
    group.arguments.assign(count, nullptr);
  } else if (strcmp(group.name, name) != 0) {
    fail("executes " + std::string(name) + " while others of its " + team +
         " execute " + group.name);
  }
  if ((int)group.arguments.size() != count)
    fail(std::string(name) + " is for " + std::to_string(count) +
         " threads here and for " + std::to_string(group.arguments.size()) +
         " elsewhere");
  group.arguments[index % count] = arguments;
  if (++group.arrived == count) {
    group.arrived = 0;
    ++group.generation;
    if (perform) {
      std::vector<void *> all = std::move(group.arguments);
      perform(all.data());
    }
    return;
  }
  uint64_t generation = group.generation;
  Collective *where = &group;
  waitUntil([=] { return where->generation != generation; },
            [=] {
              return std::to_string(count - where->arrived) +
                     " more threads of its " + team + " at " + name;
            });
}

void collective(Team team, const char *name, void *arguments,
                const std::function<void(void **)> &perform) {
  Thread &thread = current();
  Block &block = currentBlock();
  int size = machine->launch.block;
  auto partial = [&](int whole) {
    int first = thread.index / whole * whole;
    return size - first < whole ? size - first : whole;
  };
  switch (team) {
  case Team::Warp:
    return meet(block.warps[thread.index / 32], "warp", partial(32),
                thread.index % 32, name, arguments, perform);
  case Team::WarpGroup:
    return meet(block.warpGroups[thread.index / 128], "warp group",
                partial(128), thread.index % 128, name, arguments, perform);
  case Team::Block:
    return meet(block.all, "block", size, thread.index, name, arguments,
                perform);
  case Team::Cluster:
    return meet(machine->cluster, "cluster", size * machine->launch.cluster,
                thread.block * size + thread.index, name, arguments, perform);
  }
}

void namedBarrier(int id, int count) {
  Collective &group = currentBlock().named[id];
  std::string name = "barrier " + std::to_string(id);
  if (count % 32 != 0)
    fail(name + " is for " + std::to_string(count) +
         " threads, no multiple of a warp");
  // The index does not matter: nothing is handed over.
  meet(group, "block", count, 0, "bar.sync of a named barrier", nullptr,
       nullptr);
}

uint64_t enqueue(Operation operation) {
  if (!isLazy()) {
    operation();
    return 0;
  }
  uint64_t id = machine->nextOperation++;
  machine->pending.push_back({id, std::move(operation)});
  return id;
}

void complete(uint64_t operation) {
  for (size_t i = 0; i < machine->pending.size(); ++i)
    if (machine->pending[i].id == operation)
      return performPending(i);
}

void Groups::commit() {
  committed.push_back(std::move(open));
  open.clear();
}

void Groups::wait(int pending) {
  while ((int)committed.size() > pending) {
    std::vector<uint64_t> first = std::move(committed.front());
    committed.pop_front();
    for (uint64_t operation : first)
      complete(operation);
  }
}

Groups &copies() { return current().copies; }
Groups &stores() { return current().stores; }
Groups &products() { return currentBlock().products[current().index / 128]; }

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

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
