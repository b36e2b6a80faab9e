//===- Collectives.cpp - threads together, and operations on their own ----===//

#include "State.h"
#include <cstring>

namespace sm_model {

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

void performPending(size_t at) {
  Pending pending = std::move(machine->pending[at]);
  machine->pending.erase(machine->pending.begin() + at);
  pending.operation();
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

} // namespace sm_model
