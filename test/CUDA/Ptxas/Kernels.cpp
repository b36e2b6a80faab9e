//===- Kernels.cpp - the device template as kernels, for ptxas ------------===//
//
// The entry points of one family of Products.def (-DFAMILY_FMA, _MMA,
// _WGMMA or _PANEL), of Solvers.h (-DFAMILY_SOLVER), or those in shared memory
// (-DFAMILY_STAGED), as kernels named name__layout, where the layout is nn, nt
// or tn, as A and B are transposed, and an s for a symmetric result.
// assemble.py gives them their launch bounds, which clang has no words for
// outside of CUDA.
//
//===----------------------------------------------------------------------===//

#include "Products.cpp"
#include "Solvers.cpp"

#define KERNEL extern "C" __attribute__((nvptx_kernel)) void

#define ORDINARY(name, layout, element, result, scalar, tA, tB, symmetric)     \
  KERNEL name##__##layout(                                                     \
      const element *a, int64_t lda, int64_t strideA, const element *b,        \
      int64_t ldb, int64_t strideB, result *c, int64_t ldc, int64_t strideC,   \
      const result *d, int64_t ldd, int64_t strideD, int m, int n, int k,      \
      int batch, scalar alpha, scalar beta, scalar gamma) {                    \
    steepest_product_##name(a, lda, strideA, b, ldb, strideB, c, ldc, strideC, \
                            d, ldd, strideD, m, n, k, batch, tA, tB,           \
                            symmetric, alpha, beta, gamma, nullptr, nullptr);  \
  }
#define WITH_MAPS(name, layout, result, tA, tB, symmetric)                     \
  KERNEL name##__##layout(                                                     \
      const SteepestTensorMap *mapA, const SteepestTensorMap *mapB,            \
      const SteepestTensorMap *mapC, result *c, int64_t ldc, int64_t strideC,  \
      const result *d, int64_t ldd, int64_t strideD, int m, int n, int k,      \
      int batch, float alpha, float beta, float gamma) {                       \
    steepest_product_##name(mapA, mapB, mapC, c, ldc, strideC, d, ldd,         \
                            strideD, m, n, k, batch, tA, tB, symmetric, alpha, \
                            beta, gamma, nullptr, nullptr);                    \
  }

#ifdef FAMILY_FMA
#define STEEPEST_FMA(name, type, ...)                                          \
  ORDINARY(name, nn, type, type, type, 0, 0, 0)                                \
  ORDINARY(name, nts, type, type, type, 0, 1, 1)                               \
  ORDINARY(name, tn, type, type, type, 1, 0, 0)
#endif
// What differs from bf16 by the name of an instruction comes in one layout.
#define STEEPEST_UNLESS_F16_Bf16(...) __VA_ARGS__
#define STEEPEST_UNLESS_F16_F16(...)
#define STEEPEST_UNLESS_F16_Tf32(...) __VA_ARGS__
#define STEEPEST_UNLESS_F16_Tf32x3(...) __VA_ARGS__

#ifdef FAMILY_MMA
#define STEEPEST_MMA(name, mode, element, result, ...)                         \
  ORDINARY(name, nts, steepest_##element, steepest_##result, float, 0, 1, 1)   \
  STEEPEST_UNLESS_F16_##mode(ORDINARY(name, nn, steepest_##element,            \
                                      steepest_##result, float, 0, 0, 0)       \
                                 ORDINARY(name, tn, steepest_##element,        \
                                          steepest_##result, float, 1, 0, 0))
#endif
#ifdef FAMILY_WGMMA
#define STEEPEST_WGMMA(name, mode, element, result, ...)                       \
  STEEPEST_UNLESS_F16_##mode(WITH_MAPS(name, nt, steepest_##result, 0, 1, 0))  \
      WITH_MAPS(name, nts, steepest_##result, 0, 1, 1)                         \
          STEEPEST_NARROW_##element(                                           \
              WITH_MAPS(name, nn, steepest_##result, 0, 0, 0)                  \
                  WITH_MAPS(name, tn, steepest_##result, 1, 0, 0))
// tf32 has no other layouts, and f16 is as bf16.
#define STEEPEST_NARROW_bf16(...) __VA_ARGS__
#define STEEPEST_NARROW_f16(...)
#define STEEPEST_NARROW_float(...)
#endif
#ifdef FAMILY_PANEL
#define PANELS(name, layout, symmetric)                                        \
  KERNEL name##__##layout(const void *a, const void *b, float *c, int64_t ldc, \
                          const float *d, int64_t ldd, int m, int n, int k,    \
                          float alpha, float beta, float gamma) {              \
    steepest_product_##name(a, b, c, ldc, d, ldd, m, n, k, symmetric, alpha,   \
                            beta, gamma, nullptr, nullptr);                    \
  }
#define STEEPEST_PANEL(name, mode, ...)                                        \
  PANELS(name, s, 1)                                                           \
  STEEPEST_UNLESS_F16_##mode(PANELS(name, full, 0))
#define PACK(name)                                                             \
  KERNEL pack_##name(const float *matrix, int64_t leading, int rows, int k,    \
                     int alongK, void *panels) {                               \
    steepest_product_pack_##name(matrix, leading, rows, k, alongK, panels);    \
  }
PACK(bf16)
PACK(f16)
PACK(tf32)
#endif
#include "Products.def"

#ifdef FAMILY_STAGED
#define STAGED(name)                                                           \
  KERNEL staged_##name(int a, int b, int c, float *into, int64_t ldInto,       \
                       int d, int m, int n, int k, int transposeA,             \
                       int transposeB, int symmetric, float alpha, float beta, \
                       float gamma) {                                          \
    steepest_product_staged_##name(a, b, c, into, ldInto, d, m, n, k,          \
                                   transposeA, transposeB, symmetric, alpha,   \
                                   beta, gamma);                               \
  }
STAGED(f32)
STAGED(bf16)
STAGED(f16)
STAGED(tf32)
KERNEL stage(const float *matrix, int64_t leading, int rows, int columns,
             int to) {
  steepest_product_stage(matrix, leading, rows, columns, to);
}
#endif

#ifdef FAMILY_SOLVER
#define STEEPEST_SOLVER(name, mode, element)                                   \
  KERNEL name##__batch(const steepest_##element *x, int64_t ldx,               \
                       int64_t strideX, steepest_##element *y, int64_t ldy,    \
                       int64_t strideY, int m, int n, int batch,               \
                       const float *coefficients, int steps, float factor,     \
                       float epsilon) {                                        \
    steepest_##name(x, ldx, strideX, y, ldy, strideY, m, n, batch,             \
                    coefficients, steps, factor, epsilon);                     \
  }
STEEPEST_SOLVERS(STEEPEST_SOLVER)
#endif
