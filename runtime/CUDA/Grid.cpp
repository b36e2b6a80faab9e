//===- Grid.cpp - blocks and teams of a launch ----------------------------===//

#include "Grid.h"

#include <algorithm>

namespace steepest::runtime::cuda {
namespace {

/// Elements that keep a block busy: one task of a map.
constexpr int64_t elementsPerBlock = 4096;

/// Operations in the time for which the blocks of a team wait for each other in
/// one problem. A block computes about what a thread of the host does, for
/// which costs are; some twenty meetings take 4 us each. An estimate.
constexpr double meetingCost = 2e7;

/// When the last of `teams` teams of `blocks` blocks ends.
double estimateEnd(const Work *work, int64_t numWork, int64_t teams,
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

} // namespace

Work measure(const steepest_optimizer *self, const Shapes &shapes) {
  int64_t elements = 1;
  for (int32_t index = 0; index < self->num_tensors; ++index)
    elements = std::max(elements, shapes.rows(index) * shapes.cols(index));
  return {shapes.batch, double(self->kernel_cost(shapes.dims)),
          (elements + elementsPerBlock - 1) / elementsPerBlock};
}

Grid chooseGrid(const steepest_cuda_plan &plan, const Work *work,
                int64_t numWork, int64_t slices) {
  int64_t problems = 0, useful = 1;
  for (int64_t i = 0; i < numWork; ++i) {
    problems += work[i].problems;
    useful = std::max(useful, work[i].blocks);
  }
  int64_t resident = std::max<int64_t>(plan.residentBlocks, 1);
  int64_t most = std::min({problems, slices, maximumTeams, resident});
  Grid best = {1, most};
  // Blocks that meet have to be launched together.
  if (!plan.cooperative)
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
