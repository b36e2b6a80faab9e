//===- Products.cpp - the template, instantiated --------------------------===//
//
// Compiled by clang to NVPTX bitcode (CMakeLists.txt here) for generated code
// to link, and by the host's compiler for the CPU model. Users of nvcc include
// the headers.
//
//===----------------------------------------------------------------------===//

#include "Products.h"
#include "ProductFma.h"
#include "ProductMma.h"
#include "ProductPanels.h"
#include "ProductStaged.h"
#include "ProductWgmma.h"

using namespace steepest::sm;

extern "C" {

#define STEEPEST_FMA(name, type, tileRows, tileColumns, blockThreads, bytes)   \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const type *a, int64_t lda, int64_t strideA, const type *b, int64_t ldb, \
      int64_t strideB, type *c, int64_t ldc, int64_t strideC, const type *d,   \
      int64_t ldd, int64_t strideD, int32_t m, int32_t n, int32_t k,           \
      int32_t batch, int32_t transposeA, int32_t transposeB,                   \
      int32_t symmetric, type alpha, type beta, type gamma,                    \
      steepest_map_##type map, void *context) {                                \
    constexpr int perThread = tileRows / 16;                                   \
    using Product =                                                            \
        ProductFma<type, tileRows, tileColumns, perThread, perThread>;         \
    static_assert(Product::threads == blockThreads &&                          \
                  Product::sharedBytes == bytes);                              \
    Epilogue<type, type, MapByAddress<type>> epilogue(                         \
        c, ldc, strideC, d, ldd, strideD, m, n, symmetric, alpha, beta, gamma, \
        {map, context});                                                       \
    Product::compute(a, lda, strideA, b, ldb, strideB, k, batch, transposeA,   \
                     transposeB, epilogue);                                    \
  }

#define STEEPEST_MMA(name, mode, element, result, tileRows, tileColumns,       \
                     blockThreads, bytes)                                      \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const steepest_##element *a, int64_t lda, int64_t strideA,               \
      const steepest_##element *b, int64_t ldb, int64_t strideB,               \
      steepest_##result *c, int64_t ldc, int64_t strideC,                      \
      const steepest_##result *d, int64_t ldd, int64_t strideD, int32_t m,     \
      int32_t n, int32_t k, int32_t batch, int32_t transposeA,                 \
      int32_t transposeB, int32_t symmetric, float alpha, float beta,          \
      float gamma, steepest_map_float map, void *context) {                    \
    using Product =                                                            \
        ProductMma<mode, steepest_##element, tileRows, tileColumns>;           \
    static_assert(Product::threads == blockThreads &&                          \
                  Product::sharedBytes == bytes);                              \
    Epilogue<float, steepest_##result, MapByAddress<float>> epilogue(          \
        c, ldc, strideC, d, ldd, strideD, m, n, symmetric, alpha, beta, gamma, \
        {map, context});                                                       \
    Product::compute(a, lda, strideA, b, ldb, strideB, k, batch, transposeA,   \
                     transposeB, epilogue);                                    \
  }

#define STEEPEST_WGMMA(name, mode, element, result, tileRows, tileColumns,     \
                       sliceDepth, blockThreads, blocks, bytes)                \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const SteepestTensorMap *mapA, const SteepestTensorMap *mapB,            \
      const SteepestTensorMap *mapC, steepest_##result *c, int64_t ldc,        \
      int64_t strideC, const steepest_##result *d, int64_t ldd,                \
      int64_t strideD, int32_t m, int32_t n, int32_t k, int32_t batch,         \
      int32_t transposeA, int32_t transposeB, int32_t symmetric, float alpha,  \
      float beta, float gamma, steepest_map_float map, void *context) {        \
    using Product = ProductWgmma<mode, steepest_##element, steepest_##result,  \
                                 tileRows, tileColumns>;                       \
    static_assert(Product::threads == blockThreads &&                          \
                  Product::sharedBytes == bytes &&                             \
                  Product::depth == sliceDepth && Product::cluster == blocks); \
    Epilogue<float, steepest_##result, MapByAddress<float>> epilogue(          \
        c, ldc, strideC, d, ldd, strideD, m, n, symmetric, alpha, beta, gamma, \
        {map, context});                                                       \
    Product::compute(mapA, mapB, mapC, k, batch, transposeA, transposeB,       \
                     epilogue);                                                \
  }

#if defined(__CUDACC__) && defined(__CUDA_ARCH__) &&                           \
    !defined(__CUDA_ARCH_FEAT_SM90_ALL)
// CUDA C++ is compiled for one GPU at a time; without wgmma nobody comes here.
#define STEEPEST_PANEL(name, mode, tileRows, tileColumns, blockThreads, bytes) \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const void *, const void *, float *, int64_t, const float *, int64_t,    \
      int32_t, int32_t, int32_t, int32_t, float, float, float,                 \
      steepest_map_float, void *) {}
#else
#define STEEPEST_PANEL(name, mode, tileRows, tileColumns, blockThreads, bytes) \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const void *a, const void *b, float *c, int64_t ldc, const float *d,     \
      int64_t ldd, int32_t m, int32_t n, int32_t k, int32_t symmetric,         \
      float alpha, float beta, float gamma, steepest_map_float map,            \
      void *context) {                                                         \
    using Product = ProductPanels<mode, tileRows, tileColumns>;                \
    static_assert(Product::threads == blockThreads &&                          \
                  Product::sharedBytes == bytes);                              \
    Epilogue<float, float, MapByAddress<float>> epilogue(                      \
        c, ldc, 0, d, ldd, 0, m, n, symmetric, alpha, beta, gamma,             \
        {map, context});                                                       \
    Product::compute(a, b, k, epilogue);                                       \
  }
#endif

#include "Products.def"

#define STEEPEST_PACK(name, mode)                                              \
  STEEPEST_ENTRY void steepest_product_pack_##name(                            \
      const float *matrix, int64_t leading, int32_t rows, int32_t k,           \
      int32_t alongK, void *panels) {                                          \
    Panels<mode>::pack(matrix, leading, rows, k, alongK, panels);              \
  }
STEEPEST_PACK(bf16, Bf16)
STEEPEST_PACK(f16, F16)
STEEPEST_PACK(tf32, Tf32)
#undef STEEPEST_PACK

#if defined(__CUDACC__) && !defined(STEEPEST_SM_MODEL)
STEEPEST_ENTRY int32_t steepest_product_has_wgmma(void) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  return 1;
#else
  return 0;
#endif
}
#endif
STEEPEST_ENTRY void steepest_product_stage(const float *matrix, int64_t leading,
                                           int32_t rows, int32_t columns,
                                           int32_t to) {
  stage<256>((float *)sharedMemory() + to, matrix, leading, rows, columns);
}

#define STEEPEST_STAGED(name, mode)                                            \
  STEEPEST_ENTRY void steepest_product_staged_##name(                          \
      int32_t a, int32_t b, int32_t c, float *into, int64_t ldInto, int32_t d, \
      int32_t m, int32_t n, int32_t k, int32_t transposeA, int32_t transposeB, \
      int32_t symmetric, float alpha, float beta, float gamma) {               \
    float *shared = (float *)sharedMemory();                                   \
    StagedFactor left(shared + a, transposeA ? m : k, !transposeA);            \
    StagedFactor right(shared + b, transposeB ? k : n, transposeB);            \
    ProductStaged<mode>::compute(                                              \
        left, right, k,                                                        \
        {c < 0 ? nullptr : shared + c, into, ldInto,                           \
         d < 0 ? nullptr : shared + d, m, n, symmetric != SteepestFull,        \
         symmetric == SteepestSymmetric, alpha, beta, gamma});                 \
  }
STEEPEST_STAGED(f32, Exact)
STEEPEST_STAGED(bf16, Bf16)
STEEPEST_STAGED(f16, F16)
STEEPEST_STAGED(tf32, Tf32)
#undef STEEPEST_STAGED

} // extern "C"
