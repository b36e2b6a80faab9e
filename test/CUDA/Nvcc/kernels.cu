//===- kernels.cu - the device template in somebody's CUDA program --------===//
//
// Kernels with an epilogue of their own, as generated CUDA C++ has them.
//
//===----------------------------------------------------------------------===//

#include "NewtonSchulz.h"
#include "ProductFma.h"
#include "ProductMma.h"
#if __CUDA_ARCH_FEAT_SM90_ALL || !defined(__CUDA_ARCH__)
#include "ProductWgmma.h"
#endif

using namespace steepest::sm;

/// f(x) = max(x, 0), a generated functor.
struct Positive {
  __device__ SteepestPair<float> operator()(int, int, int, float first,
                                            float second) const {
    return {first > 0 ? first : 0, second > 0 ? second : 0};
  }
};

template <class Result>
using Positives = Epilogue<float, Result, Positive>;

extern "C" __global__ void __launch_bounds__(256, 2)
gram(const steepest_bf16 *a, steepest_bf16 *c, int m, int k) {
  Positives<steepest_bf16> epilogue(c, m, 0, nullptr, 0, 0, m, m,
                                    /*symmetry=*/1, 1, 0, 0, {});
  ProductMma<Bf16, steepest_bf16, 128, 128>::compute(
      a, k, 0, a, k, 0, k, /*batch=*/1, /*transposeA=*/false,
      /*transposeB=*/true, epilogue);
}

extern "C" __global__ void __launch_bounds__(256)
exact(const float *a, const float *b, float *c, int m, int n, int k) {
  Positives<float> epilogue(c, n, 0, nullptr, 0, 0, m, n, 0, 1, 0, 0, {});
  ProductFma<float, 128, 128, 8, 8>::compute(a, k, 0, b, n, 0, k, 1, false,
                                             false, epilogue);
}

extern "C" __global__ void __launch_bounds__(SteepestSolverThreads)
solve(const float *x, float *y, int m, int n, int batch,
      const float *coefficients, int steps) {
  NewtonSchulz<Tf32x3, float>::solve(x, n, (int64_t)m * n, y, n,
                                     (int64_t)m * n, m, n, batch, coefficients,
                                     steps, 1, 1e-7f);
}

#if __CUDA_ARCH_FEAT_SM90_ALL || !defined(__CUDA_ARCH__)
extern "C" __global__ void __cluster_dims__(2) __launch_bounds__(384, 1)
gramOfClusters(const __grid_constant__ SteepestTensorMap mapA,
               const __grid_constant__ SteepestTensorMap mapB,
               const __grid_constant__ SteepestTensorMap mapC,
               steepest_bf16 *c, int m, int k) {
  Positives<steepest_bf16> epilogue(c, m, 0, nullptr, 0, 0, m, m, 1, 1, 0, 0,
                                    {});
  ProductWgmma<Bf16, steepest_bf16, steepest_bf16, 128, 256>::compute(
      &mapA, &mapB, &mapC, k, 1, false, true, epilogue);
}
#endif
