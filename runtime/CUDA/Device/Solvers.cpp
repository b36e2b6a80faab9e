//===- Solvers.cpp - the solvers, instantiated ----------------------------===//
//
// Compiled as Products.cpp is.
//
//===----------------------------------------------------------------------===//

#include "NewtonSchulz.h"

extern "C" {

#define STEEPEST_SOLVER(name, mode, element)                                   \
  STEEPEST_ENTRY void steepest_##name(                                         \
      const steepest_##element *x, int64_t ldx, int64_t strideX,               \
      steepest_##element *y, int64_t ldy, int64_t strideY, int32_t m,          \
      int32_t n, int32_t batch, const float *coefficients, int32_t steps,      \
      float factor, float epsilon) {                                           \
    using namespace steepest::sm;                                              \
    NewtonSchulz<mode, steepest_##element>::solve(                             \
        x, ldx, strideX, y, ldy, strideY, m, n, batch, coefficients, steps,    \
        factor, epsilon);                                                      \
  }
STEEPEST_SOLVERS(STEEPEST_SOLVER)
#undef STEEPEST_SOLVER

} // extern "C"
