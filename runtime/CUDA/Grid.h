//===- Grid.h - blocks and teams of a launch --------------------*- C++ -*-===//

#ifndef STEEPEST_RUNTIME_CUDA_GRID_H
#define STEEPEST_RUNTIME_CUDA_GRID_H

#include "Plan.h"

namespace steepest::runtime::cuda {

/// Problems of a launch that take equally long.
struct Work {
  int64_t problems;
  /// Operations of one, as `kernel_cost` counts them.
  double cost;
  /// Blocks that one keeps busy.
  int64_t blocks;
};

struct Grid {
  int64_t blocks, teams;
};

/// What one problem of these shapes is.
Work measure(const steepest_optimizer *self, const Shapes &shapes);

/// How many blocks a team has and how many teams there are, at most `slices`:
/// what lets the last team end first, by an estimate. Team t takes the problems
/// t, t + teams and so on. Neither number changes a bit of the results.
Grid chooseGrid(const steepest_cuda_plan &plan, const Work *work,
                int64_t numWork, int64_t slices);

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_GRID_H
