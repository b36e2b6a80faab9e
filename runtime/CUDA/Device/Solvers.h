//===- Solvers.h - whole solvers in one kernel ----------------------------===//
//
// For matrices that fit the shared memory of a block, a solver's loop runs in
// one kernel, a block for each matrix of a batch: nothing goes to memory
// between steps. In the bitcode form the entry points are the bodies of
// kernels, as those of Products.h are.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_SOLVERS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_SOLVERS_H

#include "Extents.h"

/// STEEPEST_SOLVER(name, mode, element): the entry points; `mode` is what the
/// elements of products are rounded to (MmaOperand.h), `element` the type of X
/// and Y in memory. Everything else is f32.
#define STEEPEST_SOLVERS(STEEPEST_SOLVER)                                      \
  STEEPEST_SOLVER(newton_schulz_tf32x3, Tf32x3, float)                         \
  STEEPEST_SOLVER(newton_schulz_tf32, Tf32, float)                             \
  STEEPEST_SOLVER(newton_schulz_bf16, Bf16, bf16)

enum {
  SteepestSolverThreads = 256,
  /// Of the smaller dimension.
  SteepestSolverLimit = 128
};

extern "C" {

/// Y = p_s(... p_1(X / (factor ||X||_F + epsilon))), an approximation of the
/// polar factor of X, with the odd polynomials
///
///     p_i(X) = a_i X + (b_i A + c_i A^2) X,   A = X X^T
///
/// for `batch` m x n matrices, min(m, n) <= SteepestSolverLimit (of taller ones
/// the transpose is worked on). coefficients[3 i] is a_i, then b_i and c_i, in
/// device memory. The norm is added up in one order: the same bits every time.
/// Y may be X. Any grid; SteepestSolverThreads a block; shared memory as
/// below.
#define STEEPEST_SOLVER(name, mode, element)                                   \
  STEEPEST_ENTRY void steepest_##name(                                         \
      const steepest_##element *x, int64_t ldx, int64_t strideX,               \
      steepest_##element *y, int64_t ldy, int64_t strideY, int32_t m,          \
      int32_t n, int32_t batch, const float *coefficients, int32_t steps,      \
      float factor, float epsilon);
STEEPEST_SOLVERS(STEEPEST_SOLVER)
#undef STEEPEST_SOLVER

} // extern "C"

/// The dynamic shared memory of a launch: X, A and b A + c A^2. 128 x 128 takes
/// 203 KB (sm_90, 100), 112 x 112 of 163 KB (sm_80), 80 x 80 of 99 KB (sm_86,
/// 89, 120).
STEEPEST_HOST_DEVICE inline int steepest_solver_shared_bytes(int m, int n) {
  int rows = m < n ? m : n, columns = m < n ? n : m;
  return 4 * steepest_staged_extent(rows) *
             (steepest_staged_pitch(columns) +
              2 * steepest_staged_pitch(rows)) +
         64;
}

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_SOLVERS_H
