//===- Machine.cpp - fibres, their order, deadlocks -----------------------===//

#include "State.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define SM_MODEL_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SM_MODEL_ADDRESS_SANITIZER
#endif
#endif
#ifdef SM_MODEL_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

namespace sm_model {

/// Ends a launch from the scheduler's stack.
struct OperationFailed {};

/// How far one warp may run ahead of the others, in operations that its threads
/// meet at: beyond a reduction of a block, whose shared memory it then writes
/// again.
static constexpr size_t turnsAhead = 64;
/// How often all threads may poll with nothing else going on. Between two polls
/// a thread may write what another one polls for, but none does so for ever.
static constexpr int mostPolls = 1000;

/// The page below a stack.
static constexpr size_t guardBytes = 4096;

Stack::Stack() {
  void *pages =
      mmap(nullptr, guardBytes + bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages, guardBytes, PROT_NONE) != 0) {
    std::perror("no memory for the stack of a thread of the model");
    std::abort();
  }
  memory = static_cast<char *>(pages) + guardBytes;
}

Stack::~Stack() {
  if (memory)
    munmap(memory - guardBytes, guardBytes + bytes);
}

/// Stacks that no launch uses: mapping a thousand of them for each launch takes
/// longer than many a launch.
static std::vector<Stack> &getSpareStacks() {
  static thread_local std::vector<Stack> stacks;
  return stacks;
}

static Stack takeStack() {
  std::vector<Stack> &spare = getSpareStacks();
  if (spare.empty())
    return Stack();
  Stack stack = std::move(spare.back());
  spare.pop_back();
#ifdef SM_MODEL_ADDRESS_SANITIZER
  // Of frames that were never left.
  __asan_unpoison_memory_region(stack.get(), Stack::bytes);
#endif
  return stack;
}

__thread Machine *machine = nullptr;

//===----------------------------------------------------------------------===//
// Fibres
//===----------------------------------------------------------------------===//

// The sanitizer wants to be told of every switch: before it, where to, and
// after it, from where.

#ifdef SM_MODEL_ADDRESS_SANITIZER
static void announceSwitch(void **left, const void *stack, size_t bytes) {
  __sanitizer_start_switch_fiber(left, stack, bytes);
}
static void finishSwitch(void *left, const void **stack, size_t *bytes) {
  __sanitizer_finish_switch_fiber(left, stack, bytes);
}
#else
static void announceSwitch(void **, const void *, size_t) {}
static void finishSwitch(void *, const void **, size_t *) {}
#endif

static void enterThread(Thread &thread) {
  machine->current = &thread;
  void *left = nullptr;
  announceSwitch(&left, thread.stack.get(), Stack::bytes);
  thread.place = jump_fcontext(thread.place, nullptr).fctx;
  finishSwitch(left, nullptr, nullptr);
}

static void leaveThread(bool forGood) {
  void *left = nullptr;
  announceSwitch(forGood ? nullptr : &left, machine->schedulerStack,
                 machine->schedulerBytes);
  machine->schedulerPlace =
      jump_fcontext(machine->schedulerPlace, nullptr).fctx;
  finishSwitch(left, &machine->schedulerStack, &machine->schedulerBytes);
}

static void threadMain(transfer_t from) {
  machine->schedulerPlace = from.fctx;
  finishSwitch(nullptr, &machine->schedulerStack, &machine->schedulerBytes);
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

void poll(const std::function<std::string()> &why) {
  current().ready = nullptr;
  current().why = why;
  current().polls = true;
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

/// What entering threads has come to.
struct Progress {
  bool made = false;   // some have gone on
  bool polled = false; // some have polled, and poll again
};

/// Enters every thread of those from `begin` to `end` that can go on, beginning
/// with `start`.
static Progress takeTurn(size_t begin, size_t end, size_t start) {
  Progress progress;
  for (size_t i = begin; i < end && machine->error.empty(); ++i) {
    size_t at = i + (start - begin);
    Thread &thread = machine->threads[at < end ? at : at - (end - begin)];
    if (thread.done || (thread.ready && !thread.ready()))
      continue;
    thread.ready = nullptr;
    bool polled = std::exchange(thread.polls, false);
    enterThread(thread);
    machine->current = nullptr;
    (polled && thread.polls ? progress.polled : progress.made) = true;
  }
  return progress;
}

/// Lets a warp go on for a while alone: warps do not keep step.
static void letWarpRunAhead() {
  size_t blockSize = size_t(machine->launch.block);
  size_t any = machine->draw() % machine->threads.size();
  size_t begin = any - any % blockSize % 32;
  size_t end = std::min(begin + 32, any - any % blockSize + blockSize);
  size_t turns = machine->draw() % turnsAhead;
  while (turns-- > 0 && machine->error.empty() &&
         takeTurn(begin, end, begin).made)
    ;
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
  for (size_t i = 0; i < machine->threads.size(); ++i) {
    Thread &thread = machine->threads[i];
    thread.block = i / launch.block;
    thread.index = i % launch.block;
    thread.done = thread.polls = false;
    thread.ready = nullptr;
    thread.unfenced.clear();
    thread.copies = thread.stores = {};
    thread.place = make_fcontext(thread.stack.get() + Stack::bytes,
                                 Stack::bytes, threadMain);
  }

  for (int idle = 0;;) {
    letWarpRunAhead();
    size_t count = machine->threads.size();
    Progress progress = takeTurn(0, count, machine->draw() % count);
    if (machine->error.empty() && !machine->pending.empty() &&
        (!progress.made ||
         (launch.timing == Timing::Random && machine->draw() % 2))) {
      performPending(machine->draw() % machine->pending.size());
      progress.made = true;
    }
    if (!machine->error.empty())
      return;
    if (std::all_of(machine->threads.begin(), machine->threads.end(),
                    [](const Thread &thread) { return thread.done; }))
      break;
    idle = progress.made ? 0 : idle + 1;
    if (idle > (progress.polled ? mostPolls : 0)) {
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
  for (int thread = 0; thread < launch.cluster * launch.block; ++thread)
    here.threads.emplace_back(takeStack());
  if (launch.grid % launch.cluster != 0)
    here.error = "the grid is no multiple of the cluster";
  try {
    for (int first = 0; first < launch.grid && here.error.empty();
         first += launch.cluster)
      runCluster(first);
  } catch (OperationFailed) {
    // The message is in `error`.
  }
  for (Thread &thread : here.threads)
    getSpareStacks().push_back(std::move(thread.stack));
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

} // namespace sm_model
