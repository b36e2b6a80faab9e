//===- Step.h - what the CUDA C++ of a step is written in -----------------===//
//
// `steepestc --emit=cu` writes a step as one kernel over what is here: matrices
// and spans of device memory, threads, and the words that teams of blocks meet
// by. The rest of the template (products, functions) is included as needed.
//
// A team is a row of the grid: block x of row y is member x of team y. It works
// on one problem at a time, and its members meet after each kernel.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_STEP_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_STEP_H

#include "Lanes.h"

#ifdef __clang__
// Rounded as the step says: no multiplication is fused with an addition. For
// nvcc this is -fmad=false.
#pragma clang fp contract(off)
#endif

/// Functions of a step: part of its kernel, or called.
#ifdef STEEPEST_SM_MODEL
#define STEEPEST_INLINED static inline
#define STEEPEST_OUTLINED static
#elif defined(__CUDACC__)
#define STEEPEST_INLINED static __device__ __forceinline__
#define STEEPEST_OUTLINED static __device__ __noinline__
#else
#define STEEPEST_INLINED static inline __attribute__((always_inline))
#define STEEPEST_OUTLINED static __attribute__((noinline))
#endif

#ifdef STEEPEST_SM_MODEL
extern "C" {
int steepest_model_block_y(void);
int steepest_model_grid_y(void);
void steepest_model_sleep(int nanoseconds);
int steepest_model_shuffle_i32(int all, int value, int mask, int clamp);
void *steepest_model_shared(int64_t offset);
}
#endif

namespace steepest::sm {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// rows x cols elements, rows `rowStride` elements apart.
template <class T> struct Matrix {
  T *data;
  int64_t rows, cols, rowStride;

  STEEPEST_DEVICE T &operator()(int64_t row, int64_t column) const {
    return data[row * rowStride + column];
  }
};

/// Consecutive elements.
template <class T> struct Span {
  T *data;
  int64_t size;

  STEEPEST_DEVICE T &operator[](int64_t i) const { return data[i]; }
};

/// A tensor of a launch, in device memory: the problems of a batch are
/// `batchStride` elements apart, rows `rowStride`, columns one.
struct StepTensor {
  void *data;
  int64_t rows, cols, rowStride, batchStride;

  /// That of one problem.
  template <class T> STEEPEST_DEVICE Matrix<T> matrix(int64_t problem) const {
    return {static_cast<T *>(data) + problem * batchStride, rows, cols,
            rowStride};
  }
  template <class T> STEEPEST_DEVICE Span<T> span(int64_t problem) const {
    return {static_cast<T *>(data) + problem * batchStride, cols};
  }
};

/// An address of device memory, for the template.
struct Address {
  char *pointer;

  Address() = default;
  STEEPEST_DEVICE Address(char *pointer) : pointer(pointer) {}
  template <class T> STEEPEST_DEVICE operator T *() const {
    return reinterpret_cast<T *>(pointer);
  }
};
template <class T> STEEPEST_DEVICE Address addressOf(T *pointer) {
  return {reinterpret_cast<char *>(pointer)};
}
STEEPEST_DEVICE Address operator+(Address address, int64_t bytes) {
  return {address.pointer + bytes};
}

/// Part of the workspace as a matrix with consecutive rows, as a span.
template <class T>
STEEPEST_DEVICE Matrix<T> matrixAt(Span<char> memory, int64_t offset,
                                   int64_t rows, int64_t cols) {
  return {reinterpret_cast<T *>(memory.data + offset), rows, cols, cols};
}
template <class T>
STEEPEST_DEVICE Span<T> spanAt(Span<char> memory, int64_t offset,
                               int64_t size) {
  return {reinterpret_cast<T *>(memory.data + offset), size};
}

/// The rows x cols elements from [row][column] on.
template <class T>
STEEPEST_DEVICE Matrix<T> block(const Matrix<T> &of, int64_t row,
                                int64_t column, int64_t rows, int64_t cols) {
  return {&of(row, column), rows, cols, of.rowStride};
}
template <class T>
STEEPEST_DEVICE Span<T> segment(const Span<T> &of, int64_t first,
                                int64_t size) {
  return {&of[first], size};
}

/// N neighbours, in as few loads as the alignment that is promised allows.
template <int N, class T> STEEPEST_DEVICE Lanes<T, N> loadAligned(const T &at) {
  return *reinterpret_cast<const Lanes<T, N> *>(&at);
}
template <int N, class T>
STEEPEST_DEVICE void storeAligned(const Lanes<T, N> &value, T &at) {
  *reinterpret_cast<Lanes<T, N> *>(&at) = value;
}
/// N neighbours, one by one.
template <int N, class T> STEEPEST_DEVICE Lanes<T, N> loadEach(const T &at) {
  Lanes<T, N> result;
  STEEPEST_UNROLL
  for (int i = 0; i < N; ++i)
    result[i] = (&at)[i];
  return result;
}
template <int N, class T>
STEEPEST_DEVICE void storeEach(const Lanes<T, N> &value, T &at) {
  STEEPEST_UNROLL
  for (int i = 0; i < N; ++i)
    (&at)[i] = value[i];
}

/// The shared memory of the block that has this layout: one per kernel.
template <class Layout> STEEPEST_DEVICE Layout &sharedAs() {
#ifdef STEEPEST_SM_MODEL
  return *static_cast<Layout *>(steepest_model_shared(0));
#else
  __shared__ Layout layout;
  return layout;
#endif
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

#ifdef STEEPEST_SM_MODEL

inline int teamIndex() { return steepest_model_block_y(); }
inline int teamCount() { return steepest_model_grid_y(); }
inline int32_t shuffleXor(int32_t value, int32_t mask) {
  return steepest_model_shuffle_i32(-1, value, mask, 31);
}
inline void sleep(int32_t nanoseconds) { steepest_model_sleep(nanoseconds); }

// Threads of the model take turns only where they wait.
inline int32_t loadRelaxed(const int32_t *at) { return *at; }
inline int32_t loadAcquire(const int32_t *at) { return *at; }
inline void storeRelaxed(int32_t *at, int32_t value) { *at = value; }
inline void storeRelease(int32_t *at, int32_t value) { *at = value; }
inline int32_t fetchAdd(int32_t *at, int32_t value) {
  int32_t before = *at;
  *at += value;
  return before;
}
inline void fence() {}

#else

STEEPEST_DEVICE int teamIndex() {
  int value;
  asm("mov.u32 %0, %%ctaid.y;" : "=r"(value));
  return value;
}
STEEPEST_DEVICE int teamCount() {
  int value;
  asm("mov.u32 %0, %%nctaid.y;" : "=r"(value));
  return value;
}
/// The value of lane `lane ^ mask`.
STEEPEST_DEVICE int32_t shuffleXor(int32_t value, int32_t mask) {
  int32_t result;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;"
               : "=r"(result)
               : "r"(value), "r"(mask));
  return result;
}
STEEPEST_DEVICE void sleep(int32_t nanoseconds) {
  asm volatile("nanosleep.u32 %0;" ::"r"(nanoseconds));
}

/// Words of global memory that blocks share, by the GPU's scope.
STEEPEST_DEVICE int32_t loadRelaxed(const int32_t *at) {
  int32_t value;
  asm volatile("ld.relaxed.gpu.b32 %0, [%1];"
               : "=r"(value)
               : "l"(at)
               : "memory");
  return value;
}
STEEPEST_DEVICE int32_t loadAcquire(const int32_t *at) {
  int32_t value;
  asm volatile("ld.acquire.gpu.b32 %0, [%1];"
               : "=r"(value)
               : "l"(at)
               : "memory");
  return value;
}
STEEPEST_DEVICE void storeRelaxed(int32_t *at, int32_t value) {
  asm volatile("st.relaxed.gpu.b32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
}
STEEPEST_DEVICE void storeRelease(int32_t *at, int32_t value) {
  asm volatile("st.release.gpu.b32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
}
STEEPEST_DEVICE int32_t fetchAdd(int32_t *at, int32_t value) {
  int32_t before;
  asm volatile("atom.relaxed.gpu.add.s32 %0, [%1], %2;"
               : "=r"(before)
               : "l"(at), "r"(value)
               : "memory");
  return before;
}
STEEPEST_DEVICE void fence() {
  asm volatile("fence.acq_rel.gpu;" ::: "memory");
}

#endif

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_STEP_H
