//===- Products.h - entry points of the device template -------------------===//
//
// What generated kernels call. Each function is the body of a kernel: all the
// threads of all the blocks of the grid call it once, with the same arguments.
// In the bitcode form they are `always_inline`, so that flags that are constant
// at the call leave one variant, and maps are inlined.
//
//     C = f(alpha op(A) op(B) + beta D + gamma I)
//
// for `batch` triples of matrices, row-major, op(A) m x k and op(B) k x n:
//
//   - transposeA: A is stored k x m; transposeB: B is stored n x k. Both at
//     once are computed, too.
//   - leading dimensions are in elements, at least the row length; strides are
//     the distance in elements of a matrix of the batch to the next one.
//   - symmetric: SteepestFull; SteepestSymmetric, C is known to be symmetric
//     (m == n): the tiles on and below the diagonal are computed and mirrored,
//     bit for bit; SteepestLower: without the mirror image, what is above the
//     diagonal is left arbitrary. Of D then only the lower triangle matters.
//   - beta D is absent where D is null; gamma I adds gamma to C[i][i].
//   - f is an elementwise map or null, the identity. It gets two neighbours of
//     a row, C[row][column] and C[row][column + 1], `column` even; where
//     column + 1 == n the second one is ignored. It must depend on its
//     arguments only. For `symmetric` it sees the lower triangle (and more).
//   - C may be the same memory as D; it does not overlap A or B.
//   - what other blocks wrote in the same kernel is read right once the caller
//     has made the blocks meet, with a fence; wgmma reads through TMA, for
//     which that fence has to be one of the asynchronous proxy, too.
//   - sums are in float (double for double), in one order that depends on the
//     shape only: the same bits for every grid and every run.
//   - a base or a leading dimension that is not a multiple of 16 bytes costs
//     speed, not correctness. (Not so for wgmma: its tensor maps need both.)
//
// Grid: one dimension, any number of blocks up to `steepest_product_tiles`
// (more idle); for persistent use, blocks per SM times SMs. Block and dynamic
// shared memory as in Products.def. With a cluster of c the grid is a multiple
// of c.
//
// Errors: there are none on the device; shapes are checked by the host. With
// n == 0 or m == 0 nothing is done; k == 0 is a sum of nothing.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTS_H

#include "Extents.h"

enum { SteepestFull = 0, SteepestSymmetric = 1, SteepestLower = 2 };

extern "C" {

#define STEEPEST_FMA(name, type, tileRows, tileColumns, threads, sharedBytes)  \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const type *a, int64_t lda, int64_t strideA, const type *b, int64_t ldb, \
      int64_t strideB, type *c, int64_t ldc, int64_t strideC, const type *d,   \
      int64_t ldd, int64_t strideD, int32_t m, int32_t n, int32_t k,           \
      int32_t batch, int32_t transposeA, int32_t transposeB,                   \
      int32_t symmetric, type alpha, type beta, type gamma,                    \
      steepest_map_##type map, void *context);

#define STEEPEST_MMA(name, mode, element, result, tileRows, tileColumns,       \
                     threads, sharedBytes)                                     \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const steepest_##element *a, int64_t lda, int64_t strideA,               \
      const steepest_##element *b, int64_t ldb, int64_t strideB,               \
      steepest_##result *c, int64_t ldc, int64_t strideC,                      \
      const steepest_##result *d, int64_t ldd, int64_t strideD, int32_t m,     \
      int32_t n, int32_t k, int32_t batch, int32_t transposeA,                 \
      int32_t transposeB, int32_t symmetric, float alpha, float beta,          \
      float gamma, steepest_map_float map, void *context);

// The tensor maps have three dimensions: elements of a row, rows, matrices.
// They are of the *stored* matrices, of the element type of A and B (C), with
// SWIZZLE_128B and boxes, in elements:
//
//   operand  stored with k along rows    stored with k down columns (16 bit)
//   A        depth x tileRows x 1        64 x depth x 1
//   B        depth x tileColumns / c x 1 64 x depth x 1
//   C        128 bytes x 128 bytes' worth of rows x 1
//
// c being the cluster. A transposed, or B not transposed, is `k down columns`;
// tf32 takes only k along rows: A as it is and B transposed. Several boxes make
// up a tile where needed. The pointers are to __grid_constant__ parameters or
// to global memory, aligned to 64 bytes.
#define STEEPEST_WGMMA(name, mode, element, result, tileRows, tileColumns,     \
                       depth, threads, cluster, sharedBytes)                   \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const SteepestTensorMap *mapA, const SteepestTensorMap *mapB,            \
      const SteepestTensorMap *mapC, steepest_##result *c, int64_t ldc,        \
      int64_t strideC, const steepest_##result *d, int64_t ldd,                \
      int64_t strideD, int32_t m, int32_t n, int32_t k, int32_t batch,         \
      int32_t transposeA, int32_t transposeB, int32_t symmetric, float alpha,  \
      float beta, float gamma, steepest_map_float map, void *context);

// a and b are the panels of op(A) and op(B), which `steepest_pack_*` has packed
// for the same mode; between the two, all blocks have met. No batch. The map's
// batch is 0.
#define STEEPEST_PANEL(name, mode, tileRows, tileColumns, threads,             \
                       sharedBytes)                                            \
  STEEPEST_ENTRY void steepest_product_##name(                                 \
      const void *a, const void *b, float *c, int64_t ldc, const float *d,     \
      int64_t ldd, int32_t m, int32_t n, int32_t k, int32_t symmetric,         \
      float alpha, float beta, float gamma, steepest_map_float map,            \
      void *context);

#include "Products.def"

/// Rounds a matrix to bf16, f16 or tf32 (ties to even, for tf32 away from zero)
/// and packs it into panels at `panels`, a multiple of sixteen, by blocks of
/// 256 threads. `rows` are those of op(A), or the columns of op(B); `alongK`
/// says that k runs along the rows that are stored, of `leading` elements: A
/// as it is, or B transposed. The panels take `steepest_panel_bytes`.
STEEPEST_ENTRY void steepest_product_pack_bf16(const float *matrix,
                                               int64_t leading, int32_t rows,
                                               int32_t k, int32_t alongK,
                                               void *panels);
STEEPEST_ENTRY void steepest_product_pack_f16(const float *matrix,
                                              int64_t leading, int32_t rows,
                                              int32_t k, int32_t alongK,
                                              void *panels);
STEEPEST_ENTRY void steepest_product_pack_tf32(const float *matrix,
                                               int64_t leading, int32_t rows,
                                               int32_t k, int32_t alongK,
                                               void *panels);

// The model of an SM says itself what it has and takes.
#ifdef STEEPEST_SM_MODEL
#define STEEPEST_CHOICE
#else
#define STEEPEST_CHOICE STEEPEST_ENTRY
#endif

/// Products of one block with everything in shared memory (ProductStaged.h),
/// for programs that multiply small matrices again and again. All 256 threads
/// of a block call them. A staged matrix is named by where it starts in the
/// dynamic shared memory of the launch, in elements of four bytes: it takes
/// `steepest_staged_extent(rows)` times `steepest_staged_pitch(columns)`.

/// Stages a matrix. Products meet before they read.
STEEPEST_ENTRY void steepest_product_stage(const float *matrix, int64_t leading,
                                           int32_t rows, int32_t columns,
                                           int32_t to);

/// C = alpha op(A) op(B) + beta D + gamma I, as above, with f32 factors as they
/// are, the same bits as fma_f32_*; or rounded to bf16, f16 or tf32, the same
/// as mma_f32_as_bf16_*, mma_f32_as_f16_* and mma_tf32_*. A, B and D are
/// staged; d < 0: there is none. C goes to the staged place c, unless that is
/// negative, and to the matrix `into`, unless that is null. C staged overlaps
/// none of A, B, D. A symmetric C is staged with both halves, whatever
/// `symmetric` says of `into`.
#define STEEPEST_STAGED(name)                                                  \
  STEEPEST_ENTRY void steepest_product_staged_##name(                          \
      int32_t a, int32_t b, int32_t c, float *into, int64_t ldInto, int32_t d, \
      int32_t m, int32_t n, int32_t k, int32_t transposeA, int32_t transposeB, \
      int32_t symmetric, float alpha, float beta, float gamma);
STEEPEST_STAGED(f32)
STEEPEST_STAGED(bf16)
STEEPEST_STAGED(f16)
STEEPEST_STAGED(tf32)
#undef STEEPEST_STAGED

/// The dynamic shared memory of the launch.
STEEPEST_CHOICE int32_t steepest_product_shared_bytes(void);

/// Whether the code is for a GPU with wgmma: the compiler says so when it links
/// the template.
STEEPEST_CHOICE int32_t steepest_product_has_wgmma(void);

/// Which way to compute a product of f32, of those of Choice.h; `narrow`, with
/// factors of sixteen bits; `tf32`, with those.
STEEPEST_CHOICE int32_t steepest_product_choose_fma(int32_t m, int32_t n,
                                                    int32_t k,
                                                    int32_t symmetric);
STEEPEST_CHOICE int32_t steepest_product_choose_narrow(int32_t m, int32_t n,
                                                       int32_t k,
                                                       int32_t symmetric);
STEEPEST_CHOICE int32_t steepest_product_choose_tf32(int32_t m, int32_t n,
                                                     int32_t k,
                                                     int32_t symmetric);

#undef STEEPEST_CHOICE

} // extern "C"

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTS_H
