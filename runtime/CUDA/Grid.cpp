//===- Grid.cpp - what a problem of a launch is ---------------------------===//

#include "Grid.h"

namespace steepest::runtime::cuda {

Work measure(const steepest_optimizer *self, const Shapes &shapes) {
  int64_t elements = 1;
  for (int32_t index = 0; index < self->num_tensors; ++index)
    elements = std::max(elements, shapes.rows(index) * shapes.cols(index));
  return {shapes.batch, double(self->kernel_cost(shapes.dims)),
          (elements + elementsPerBlock - 1) / elementsPerBlock};
}

} // namespace steepest::runtime::cuda
