//===- Matrix.h - what warps and warp groups do with matrices -------------===//

#ifndef STEEPEST_TEST_CUDA_MODEL_MATRIX_H
#define STEEPEST_TEST_CUDA_MODEL_MATRIX_H

#include <cstdint>

namespace sm_model {

enum class Element { Bf16, F16, Tf32 };

/// ldmatrix and stmatrix of `count` (1, 2 or 4) 8 x 8 matrices of 16 bits.
void loadMatrices(uint32_t *registers, int count, uint32_t address,
                  bool transposed);
void storeMatrices(uint32_t address, const uint32_t *registers, int count,
                   bool transposed);

/// mma.sync.m16n8k16 (Bf16, F16) or k8 (Tf32): D = A B + C.
void mma(Element element, float *d, const uint32_t *a, const uint32_t *b,
         const float *c);

/// wgmma.mma_async.m64n{columns}k{16 or 8}: D += A B (D = A B without
/// `accumulate`), by descriptors; D is read and written when the product
/// happens.
void wgmma(Element element, int columns, float *d, uint64_t a, uint64_t b,
           bool transposeA, bool transposeB, bool accumulate);
void commitWgmma();
void waitForWgmma(int pending);

/// shfl.sync, all lanes: the value of lane `lane` (idx) or `lane ^ mask`
/// (bfly).
uint32_t shuffle(uint32_t value, int lane);
uint32_t shuffleXor(uint32_t value, int mask);

} // namespace sm_model

#endif // STEEPEST_TEST_CUDA_MODEL_MATRIX_H
