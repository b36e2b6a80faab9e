//===- Grid.h - what a problem of a launch is -------------------*- C++ -*-===//

#ifndef STEEPEST_RUNTIME_CUDA_GRID_H
#define STEEPEST_RUNTIME_CUDA_GRID_H

#include "GridChoice.h"
#include "Plan.h"

namespace steepest::runtime::cuda {

/// What one problem of these shapes is.
Work measure(const steepest_optimizer *self, const Shapes &shapes);

} // namespace steepest::runtime::cuda

#endif // STEEPEST_RUNTIME_CUDA_GRID_H
