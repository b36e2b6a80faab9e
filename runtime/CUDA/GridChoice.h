//===- GridChoice.h - what a launch is made of ------------------*- C++ -*-===//
//
// Header only: the launcher of generated CUDA C++ (Device/Launch.h) chooses as
// the runtime does.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_GRIDCHOICE_H
#define STEEPEST_RUNTIME_CUDA_GRIDCHOICE_H

#include "Layout.h"

#include <algorithm>

namespace steepest::runtime::cuda {

/// Problems of a launch that take equally long.
struct Work {
  int64_t problems;
  /// Operations of one, as `kernel_cost` counts them.
  double cost;
  /// Blocks that one keeps busy.
  int64_t blocks;
};

/// Dynamic shared memory of a block that `needed` bytes are needed for and up
/// to `most` are of use, where `room` bytes are to be had. -1: it does not fit.
/// What a kernel declares by name is taken from the same memory, and only known
/// when it has been assembled: so this is decided where it is loaded.
inline int64_t chooseSharedBytes(int64_t needed, int64_t most, int64_t room) {
  if (needed > room)
    return -1;
  return std::max(needed, std::min(most, room) / 1024 * 1024);
}

struct Grid {
  int64_t blocks, teams;
};

/// Elements that keep a block busy: one task of a map.
constexpr int64_t elementsPerBlock = 4096;

/// Operations in the time for which the blocks of a team wait for each other in
/// one problem. A block computes about what a thread of the host does, for
/// which costs are; some twenty meetings take 4 us each. An estimate.
constexpr double meetingCost = 2e7;

/// When the last of `teams` teams of `blocks` blocks ends.
inline double estimateEnd(const Work *work, int64_t numWork, int64_t teams,
                          int64_t blocks) {
  double ends[maximumTeams] = {};
  int64_t number = 0;
  for (int64_t i = 0; i < numWork; ++i) {
    double time = work[i].cost / double(std::min(blocks, work[i].blocks)) +
                  (blocks > 1 ? meetingCost : 0);
    // All teams are given the same number of whole rounds.
    double rounds = double(work[i].problems / teams);
    for (int64_t team = 0; team < teams && rounds > 0; ++team)
      ends[team] += rounds * time;
    for (int64_t k = 0; k < work[i].problems % teams; ++k)
      ends[(number + k) % teams] += time;
    number += work[i].problems;
  }
  return *std::max_element(ends, ends + teams);
}

/// How many blocks a team has and how many teams there are, at most `slices`:
/// what lets the last team end first, by an estimate. Team t takes the problems
/// t, t + teams and so on. Neither number changes a bit of the results.
/// `residentBlocks` run at once; only with `cooperative` launches do blocks
/// meet.
inline Grid chooseGrid(int64_t residentBlocks, bool cooperative,
                       const Work *work, int64_t numWork, int64_t slices) {
  int64_t problems = 0, useful = 1;
  for (int64_t i = 0; i < numWork; ++i) {
    problems += work[i].problems;
    useful = std::max(useful, work[i].blocks);
  }
  int64_t resident = std::max<int64_t>(residentBlocks, 1);
  int64_t most = std::min({problems, slices, maximumTeams, resident});
  Grid best = {1, most};
  // Blocks that meet have to be launched together.
  if (!cooperative)
    return best;
  double end = -1;
  for (int64_t teams = 1;; teams = std::min(2 * teams, most)) {
    int64_t blocks = std::max<int64_t>(1, std::min(useful, resident / teams));
    double candidate = estimateEnd(work, numWork, teams, blocks);
    if (end < 0 || candidate < end) {
      end = candidate;
      best = {blocks, teams};
    }
    if (teams == most)
      return best;
  }
}

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_GRIDCHOICE_H
