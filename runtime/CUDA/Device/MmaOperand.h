//===- MmaOperand.h - operands of mma.sync in shared memory ---------------===//
//
// Slices of an operand go to shared memory by cp.async, sixteen bytes at a
// time, and from there to the fragments of mma.sync. Both are free of bank
// conflicts because chunks of a row are permuted by the row (a swizzle).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_MMAOPERAND_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_MMAOPERAND_H

#include "Epilogue.h"

namespace steepest::sm {

/// What the elements of A and B are rounded to for mma.sync:
///
///   Bf16, F16, Tf32  that type, u = 2^-8, 2^-11, 2^-11: for f32 elements
///                    |C - AB| <= (2 u + u^2 + k eps) |A| |B|; 16-bit elements
///                    are not rounded
///   Tf32x3           x = big + small + 2^-22 x, both tf32; of the four
///   products
///                    small small is left out: |C - AB| <= (2^-20 + k eps)
///                    |A| |B|
///
/// eps being that of the sums in tensor cores, which may cut off (2^-23).
struct Bf16 {
  static constexpr MmaType type = MmaType::Bf16;
  static constexpr int k = 16, parts = 1;
};
struct F16 {
  static constexpr MmaType type = MmaType::F16;
  static constexpr int k = 16, parts = 1;
};
struct Tf32 {
  static constexpr MmaType type = MmaType::Tf32;
  static constexpr int k = 8, parts = 1;
};
struct Tf32x3 {
  static constexpr MmaType type = MmaType::Tf32;
  static constexpr int k = 8, parts = 2;
};

/// Fragments of mma.sync from f32 elements, of which element(i, kk) gives the
/// one in row i < 16 and column kk < Mode::k: registers 0 to 3 are (row, kk),
/// (row + 8, kk), (row, kk + half), (row + 8, kk + half), as A of mma.sync
/// wants them; registers 0, 2 and 1, 3 are two fragments of B.
template <class Mode, class GetElement>
STEEPEST_DEVICE void makeFragments(uint32_t (&r)[Mode::parts][4],
                                   const GetElement &element) {
  int lane = threadIndex() % 32;
  STEEPEST_UNROLL
  for (int i = 0; i < 4; ++i) {
    int row = i % 2 * 8 + lane / 4;
    if constexpr (Mode::k == 16) {
      int kk = i / 2 * 8 + lane % 4 * 2;
      float first = element(row, kk), second = element(row, kk + 1);
      r[0][i] = Mode::type == MmaType::Bf16 ? packBf16(first, second)
                                            : packF16(first, second);
    } else {
      float x = element(row, i / 2 * 4 + lane % 4);
      r[0][i] = toTf32(x);
      if constexpr (Mode::parts == 2)
        r[1][i] = toTf32(x - floatOfBits(r[0][i]));
    }
  }
}

/// sums += A B for one 16 x 8 block, `half` saying which of the two fragments
/// of B; of numbers in two parts the smaller terms come first.
template <class Mode>
STEEPEST_DEVICE void mmaBlock(float (&sums)[4],
                              const uint32_t (&a)[Mode::parts][4],
                              const uint32_t (&b)[Mode::parts][4], int half) {
  if constexpr (Mode::parts == 2) {
    mma<Mode::type>(sums, a[1], b[0][half], b[0][half + 2]);
    mma<Mode::type>(sums, a[0], b[1][half], b[1][half + 2]);
  }
  mma<Mode::type>(sums, a[0], b[0][half], b[0][half + 2]);
}

/// `length` rows of op(A), or columns of op(B), by 64 bytes of k. `alongK`: k
/// runs along rows in memory.
template <class Element, int length_, int threads, bool alongK>
struct MmaOperand {
  static constexpr int length = length_;
  static constexpr int run = Run<Element>::length;
  static constexpr int depth = 64 / sizeof(Element);
  static constexpr int bytes = length * 64;
  static constexpr int count = bytes / 16 / threads;
  static_assert(count * threads * 16 == bytes);

  const Element *matrix;
  int64_t leading;
  int rows, k; // of the whole operand
  int first;   // row of the slice
  bool aligned;

  /// Where the element (row, kk) of a slice is, in bytes.
  STEEPEST_DEVICE static uint32_t offsetOf(int row, int kk) {
    if constexpr (alongK) {
      // Two rows of 64 bytes fill the banks.
      int chunk = (kk / run) ^ ((row >> 1) & 3);
      return row * 64 + chunk * 16 + kk % run * (int)sizeof(Element);
    } else {
      int swizzle = sizeof(Element) == 2 ? kk & 7 : (kk & 3) << 1;
      int chunk = (row / run) ^ swizzle;
      return kk * length * (int)sizeof(Element) + chunk * 16 +
             row % run * (int)sizeof(Element);
    }
  }

  /// Starts copying the slice of k0 to `shared`, zeros beyond the edges.
  STEEPEST_DEVICE void copy(int k0, uint32_t shared) const {
    STEEPEST_UNROLL
    for (int i = 0; i < count; ++i) {
      int index = i * threads + threadIndex();
      int row = alongK ? index / (depth / run) : index % (length / run) * run;
      int kk = alongK ? index % (depth / run) * run : index / (length / run);
      uint32_t to = shared + offsetOf(row, kk);
      int valid = alongK ? (first + row < rows ? k - k0 - kk : 0)
                         : (k0 + kk < k ? rows - first - row : 0);
      valid = valid < 0 ? 0 : valid > run ? run : valid;
      if (planted(Fault::EdgeOffByOne) && valid > 0 && valid < run)
        ++valid;
      const Element *from = valid == 0 ? matrix
                            : alongK
                                ? matrix + (first + row) * leading + k0 + kk
                                : matrix + (k0 + kk) * leading + first + row;
      if (aligned) {
        copyChunkAsync(to, from, valid * (int)sizeof(Element));
      } else {
        auto words = bitCast<Chunk>(loadRun(from, valid, false));
        STEEPEST_UNROLL
        for (int w = 0; w < 4; ++w)
          storeShared(to + 4 * w, words.words[w]);
      }
    }
  }

  struct FromSlice {
    uint32_t slice;
    int row, kk;
    STEEPEST_DEVICE float operator()(int i, int k) const {
      return floatOfBits(loadShared(slice + offsetOf(row + i, kk + k)));
    }
  };

  /// The fragments of sixteen rows from `row` on, `Mode::k` values of k from kk
  /// on, as `makeFragments` has them.
  template <class Mode>
  STEEPEST_DEVICE static void fragments(uint32_t (&r)[Mode::parts][4],
                                        uint32_t slice, int row, int kk) {
    if constexpr (sizeof(Element) == 2) {
      int lane = threadIndex() % 32, matrix = lane / 8;
      if constexpr (alongK)
        loadMatrices(r[0], slice + offsetOf(row + matrix % 2 * 8 + lane % 8,
                                            kk + matrix / 2 * 8));
      else
        loadTransposed(r[0], slice + offsetOf(row + matrix % 2 * 8,
                                              kk + matrix / 2 * 8 + lane % 8));
    } else {
      makeFragments<Mode>(r, FromSlice{slice, row, kk});
    }
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_MMAOPERAND_H
