//===- ProductStaged.h - products of matrices in shared memory ------------===//
//
// Small matrices that are multiplied again and again stay in the shared memory
// of one block: they are copied there once (*staged*), products find their
// factors there and leave their results there, and only what others want goes
// to memory. Factors are rounded and terms added up as by ProductFma.h and
// ProductMma.h, so the bits are the same.
//
// A staged matrix is f32, row after row at a distance of
// `steepest_staged_pitch`, with zeros beyond its edges up to multiples of
// sixteen. A warp computes 16 x 32 of the result at a time, or 16 x 16.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTSTAGED_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTSTAGED_H

#include "Extents.h"
#include "MmaOperand.h"

namespace steepest::sm {

/// Copies a matrix to shared memory, by all threads of a block. They have to
/// meet before they read it.
template <int threads>
STEEPEST_DEVICE void stage(float *to, const float *from, int64_t leading,
                           int rows, int columns) {
  int pitch = steepest_staged_pitch(columns);
  int across = steepest_staged_extent(columns);
  int count = steepest_staged_extent(rows) * across;
  for (int index = threadIndex(); index < count; index += threads) {
    int i = index / across, j = index % across;
    to[i * pitch + j] = i < rows && j < columns ? from[i * leading + j] : 0;
  }
}

/// Elements of a staged factor: op(A)(i, k), or op(B)(k, i).
struct StagedFactor {
  const float *first;
  int row, depth; // elements from one i, one k, to the next

  /// `alongK`: k runs along rows as they are stored, `columns` of them.
  STEEPEST_DEVICE StagedFactor(const float *matrix, int columns, bool alongK)
      : first(matrix), row(alongK ? steepest_staged_pitch(columns) : 1),
        depth(alongK ? 1 : steepest_staged_pitch(columns)) {}

  STEEPEST_DEVICE float operator()(int i, int k) const {
    return first[i * row + k * depth];
  }
  STEEPEST_DEVICE StagedFactor from(int i, int k) const {
    StagedFactor part = *this;
    part.first += i * row + k * depth;
    return part;
  }
};

/// What becomes of a sum, as in Epilogue.h: c is staged, `into` is not, and
/// either may be null; d is staged, or null.
struct StagedEpilogue {
  float *c, *into;
  int64_t ldInto;
  const float *d;
  int m, n;
  bool symmetric, mirrored;
  float alpha, beta, gamma;

  STEEPEST_DEVICE void store(int i, int j, float sum) const {
    if (symmetric && j > i)
      return;
    int pitch = steepest_staged_pitch(n);
    bool isInside = i < m && j < n;
    float value = 0;
    if (isInside) {
      value = alpha * sum;
      if (d)
        value = fma(beta, d[i * pitch + j], value);
      if (i == j)
        value += gamma;
    }
    // Of a symmetric result both halves, so that zeros are all around it.
    if (c) {
      c[i * pitch + j] = value;
      if (symmetric && j < i)
        c[j * pitch + i] = planted(Fault::MissingMirror) ? 0 : value;
    }
    if (into && isInside) {
      into[i * ldInto + j] = value;
      if (mirrored && !planted(Fault::MissingMirror))
        into[j * ldInto + i] = value;
    }
  }
};

/// f32 as it is, for `ProductStaged`; other modes are those of mma.sync.
struct Exact {};

/// The result blocks of a warp.
template <class Mode> struct StagedBlock {
  static constexpr int columns = 16;
  float sums[2][4];

  STEEPEST_DEVICE void multiply(const StagedFactor &a, const StagedFactor &b,
                                int k, bool) {
    STEEPEST_UNROLL
    for (int e = 0; e < 8; ++e)
      sums[e / 4][e % 4] = 0;
    for (int kk = 0; kk < k; kk += Mode::k) {
      uint32_t left[Mode::parts][4], right[Mode::parts][4];
      makeFragments<Mode>(left, a.from(0, kk));
      makeFragments<Mode>(right, b.from(0, kk));
      STEEPEST_UNROLL
      for (int half = 0; half < 2; ++half)
        mmaBlock<Mode>(sums[half], left, right, half);
    }
  }

  STEEPEST_DEVICE void store(const StagedEpilogue &epilogue, int row,
                             int column, bool) const {
    int lane = threadIndex() % 32;
    STEEPEST_UNROLL
    for (int half = 0; half < 2; ++half) {
      STEEPEST_UNROLL
      for (int e = 0; e < 4; ++e)
        epilogue.store(row + e / 2 * 8 + lane / 4,
                       column + half * 8 + lane % 4 * 2 + e % 2, sums[half][e]);
    }
  }
};

/// Lanes are 4 x 8, each with every fourth row and every eighth column.
template <> struct StagedBlock<Exact> {
  static constexpr int columns = 32;
  float sums[4][4];

  STEEPEST_DEVICE void multiply(const StagedFactor &a, const StagedFactor &b,
                                int k, bool isWide) {
    int lane = threadIndex() % 32;
    StagedFactor left = a.from(lane / 8, 0), right = b.from(lane % 8, 0);
    // Of what is not there the first columns are multiplied once more.
    int other = isWide ? 16 : 0;
    STEEPEST_UNROLL
    for (int e = 0; e < 16; ++e)
      sums[e / 4][e % 4] = 0;
    for (int kk = 0; kk < k; ++kk) {
      float x[4], y[4];
      STEEPEST_UNROLL
      for (int i = 0; i < 4; ++i) {
        x[i] = left(i * 4, kk);
        y[i] = right(i % 2 * 8 + (i < 2 ? 0 : other), kk);
      }
      STEEPEST_UNROLL
      for (int i = 0; i < 4; ++i) {
        STEEPEST_UNROLL
        for (int j = 0; j < 4; ++j)
          sums[i][j] = fma(x[i], y[j], sums[i][j]);
      }
    }
  }

  STEEPEST_DEVICE void store(const StagedEpilogue &epilogue, int row,
                             int column, bool isWide) const {
    int lane = threadIndex() % 32;
    STEEPEST_UNROLL
    for (int i = 0; i < 4; ++i) {
      STEEPEST_UNROLL
      for (int j = 0; j < 4; ++j)
        if (j < 2 || isWide)
          epilogue.store(row + lane / 8 + i * 4, column + lane % 8 + j * 8,
                         sums[i][j]);
    }
  }
};

template <class Mode> struct ProductStaged {
  static constexpr int threads = 256, warps = threads / 32;
  using Block = StagedBlock<Mode>;

  /// C = epilogue(op(A) op(B)) by all threads of one block. They meet before
  /// they read, not after they have written.
  STEEPEST_DEVICE static void compute(const StagedFactor &a,
                                      const StagedFactor &b, int k,
                                      const StagedEpilogue &epilogue) {
    int warp = shuffle(threadIndex() / 32, 0), number = 0;
    int down = steepest_staged_extent(epilogue.m);
    int across = steepest_staged_extent(epilogue.n);
    // What was staged, or is another product's, is there for all; and nobody
    // reads any more what this one writes over.
    if (!planted(Fault::MissingMeeting))
      syncThreads();
    for (int row = 0; row < down; row += 16) {
      int end = epilogue.symmetric ? row + 16 : across;
      for (int column = 0; column < end; column += Block::columns) {
        if (number++ % warps != warp)
          continue;
        bool isWide = column + 16 < end;
        Block block;
        block.multiply(a.from(row, 0), b.from(column, 0), k, isWide);
        block.store(epilogue, row, column, isWide);
      }
    }
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTSTAGED_H
