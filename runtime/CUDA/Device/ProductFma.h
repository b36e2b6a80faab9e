//===- ProductFma.h - products on the ordinary arithmetic units -----------===//
//
// The exact product of f32 and f64: every a b + c is rounded once, terms come
// in ascending k, |C - AB| <= k eps |A| |B| as for any sequential sum. A block
// computes a tile of C from slices of A and B in shared memory, two deep; each
// thread keeps blocks of 4 x 4 elements in registers.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTFMA_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTFMA_H

#include "Epilogue.h"
#include "Tiles.h"

namespace steepest::sm {

/// A tile of an operand on its way to shared memory: `length` rows of op(A), or
/// columns of op(B), by `depth` values of k. `alongK`: k runs along rows in
/// memory.
template <class T, int length, int depth, int threads, bool alongK>
struct FmaOperand {
  static constexpr int run = Run<T>::length;
  static constexpr int pitch = length + run;
  static constexpr int count = length * depth / run / threads;
  static_assert(count * threads * run == length * depth);

  const T *matrix;
  int64_t leading;
  int rows, k; // of the whole operand
  int first;   // row of the tile
  bool aligned;
  Run<T> runs[count];

  /// The row and the value of k at which run i of this thread starts.
  STEEPEST_DEVICE static int rowOf(int i) {
    int index = i * threads + threadIndex();
    return alongK ? index / (depth / run) : index % (length / run) * run;
  }
  STEEPEST_DEVICE static int depthOf(int i) {
    int index = i * threads + threadIndex();
    return alongK ? index % (depth / run) * run : index / (length / run);
  }

  STEEPEST_DEVICE void load(int k0) {
    STEEPEST_UNROLL
    for (int i = 0; i < count; ++i) {
      int row = first + rowOf(i), at = k0 + depthOf(i);
      const T *from =
          matrix + (alongK ? row * leading + at : at * leading + row);
      int valid =
          alongK ? (row < rows ? k - at : 0) : (at < k ? rows - row : 0);
      runs[i] = loadRun(from, valid, aligned);
    }
  }

  STEEPEST_DEVICE void store(T *shared) const {
    STEEPEST_UNROLL
    for (int i = 0; i < count; ++i) {
      T *to = shared + depthOf(i) * pitch + rowOf(i);
      if constexpr (alongK) {
        STEEPEST_UNROLL
        for (int e = 0; e < run; ++e)
          to[e * pitch] = runs[i].elements[e];
      } else {
        *(Run<T> *)to = runs[i];
      }
    }
  }
};

template <class T, int tileRows, int tileColumns, int threadRows,
          int threadColumns>
struct ProductFma {
  static constexpr int threads =
      tileRows / threadRows * (tileColumns / threadColumns);
  static constexpr int depth = 16;
  static constexpr int run = Run<T>::length;
  static constexpr int stageElements =
      depth * (tileRows + run + tileColumns + run);
  static constexpr int sharedBytes = 2 * stageElements * (int)sizeof(T);
  static_assert(sharedBytes <= 48 << 10, "without asking for more");

  /// Where block g of four rows (columns) of thread t starts.
  STEEPEST_DEVICE static int blockStart(int g, int t, int across) {
    return g * across * 4 + t * 4;
  }

  template <int count>
  STEEPEST_DEVICE static void readBlocks(T (&to)[count], const T *row, int t) {
    constexpr int across = count == threadRows ? tileRows / threadRows
                                               : tileColumns / threadColumns;
    STEEPEST_UNROLL
    for (int i = 0; i < count; i += run) {
      auto values =
          *(const Run<T> *)(row + blockStart(i / 4, t, across) + i % 4);
      STEEPEST_UNROLL
      for (int e = 0; e < run; ++e)
        to[i + e] = values.elements[e];
    }
  }

  template <class Epilogue>
  STEEPEST_DEVICE static void storeBlock(const Epilogue &epilogue, int batch,
                                         int row, int column, T (&sums)[4][4]) {
    if (row >= epilogue.m || column >= epilogue.n ||
        (epilogue.symmetric && column > row))
      return;
    STEEPEST_UNROLL
    for (int i = 0; i < 4; ++i) {
      STEEPEST_UNROLL
      for (int j = 0; j < 4; j += 2)
        if (row + i < epilogue.m && column + j < epilogue.n) {
          auto result =
              epilogue(batch, row + i, column + j, sums[i][j], sums[i][j + 1]);
          sums[i][j] = result.first;
          sums[i][j + 1] = result.second;
        }
    }
    if (epilogue.symmetric && row == column) {
      STEEPEST_UNROLL
      for (int i = 0; i < 4; ++i) {
        STEEPEST_UNROLL
        for (int j = 0; j < 4; ++j)
          epilogue.storeSymmetric(batch, row + i, column + j, sums[i][j]);
      }
      return;
    }
    STEEPEST_UNROLL
    for (int i = 0; i < 4; ++i) {
      STEEPEST_UNROLL
      for (int j = 0; j < 4; j += run) {
        Run<T> values;
        STEEPEST_UNROLL
        for (int e = 0; e < run; ++e)
          values.elements[e] = sums[i][j + e];
        if (row + i < epilogue.m)
          storeRun(epilogue.at(batch, row + i, column + j), values,
                   epilogue.n - column - j, epilogue.alignedC);
      }
    }
    if (!epilogue.mirrored || planted(Fault::MissingMirror))
      return;
    STEEPEST_UNROLL
    for (int j = 0; j < 4; ++j) {
      STEEPEST_UNROLL
      for (int i = 0; i < 4; i += run) {
        Run<T> values;
        STEEPEST_UNROLL
        for (int e = 0; e < run; ++e)
          values.elements[e] = sums[i + e][j];
        storeRun(epilogue.at(batch, column + j, row + i), values,
                 epilogue.m - row - i, epilogue.alignedC);
      }
    }
  }

  template <bool transposeA, bool transposeB, class Epilogue>
  STEEPEST_DEVICE static void
  computeAs(const T *a, int64_t lda, int64_t strideA, const T *b, int64_t ldb,
            int64_t strideB, int k, int batch, const Epilogue &epilogue) {
    T *shared = (T *)sharedMemory();
    int across = threadIndex() % (tileColumns / threadColumns);
    int down = threadIndex() / (tileColumns / threadColumns);
    FmaOperand<T, tileRows, depth, threads, !transposeA> left;
    FmaOperand<T, tileColumns, depth, threads, transposeB> right;
    left.leading = lda;
    left.rows = epilogue.m;
    left.aligned = isAligned(a, lda, strideA, 16);
    right.leading = ldb;
    right.rows = epilogue.n;
    right.aligned = isAligned(b, ldb, strideB, 16);
    left.k = right.k = k;

    TileOrder<tileRows, tileColumns> order(epilogue.m, epilogue.n, batch,
                                           epilogue.symmetric);
    for (int t = blockIndex(); t < order.count; t += gridSize()) {
      Tile tile = order.at(t);
      left.matrix = a + tile.batch * strideA;
      right.matrix = b + tile.batch * strideB;
      left.first = tile.row * tileRows;
      right.first = tile.column * tileColumns;

      T sums[threadRows][threadColumns];
      STEEPEST_UNROLL
      for (int i = 0; i < threadRows; ++i) {
        STEEPEST_UNROLL
        for (int j = 0; j < threadColumns; ++j)
          sums[i][j] = 0;
      }

      left.load(0);
      right.load(0);
      int stage = 0;
      for (int k0 = 0; k0 < k; k0 += depth) {
        T *slice = shared + stage * stageElements;
        left.store(slice);
        right.store(slice + depth * left.pitch);
        // One barrier a slice: who writes slice s + 2 has passed the barrier of
        // s + 1, which all reach after reading s.
        syncThreads();
        if (k0 + depth < k) {
          left.load(k0 + depth);
          right.load(k0 + depth);
        }
        STEEPEST_UNROLL
        for (int kk = 0; kk < depth; ++kk) {
          T x[threadRows], y[threadColumns];
          readBlocks(x, slice + kk * left.pitch, down);
          readBlocks(y, slice + depth * left.pitch + kk * right.pitch, across);
          STEEPEST_UNROLL
          for (int i = 0; i < threadRows; ++i) {
            STEEPEST_UNROLL
            for (int j = 0; j < threadColumns; ++j)
              sums[i][j] = fma(x[i], y[j], sums[i][j]);
          }
        }
        stage ^= 1;
      }
      syncThreads();

      STEEPEST_UNROLL
      for (int i = 0; i < threadRows; i += 4) {
        STEEPEST_UNROLL
        for (int j = 0; j < threadColumns; j += 4) {
          T block[4][4];
          STEEPEST_UNROLL
          for (int p = 0; p < 4; ++p) {
            STEEPEST_UNROLL
            for (int q = 0; q < 4; ++q)
              block[p][q] = sums[i + p][j + q];
          }
          storeBlock(epilogue, tile.batch,
                     left.first +
                         blockStart(i / 4, down, tileRows / threadRows),
                     right.first +
                         blockStart(j / 4, across, tileColumns / threadColumns),
                     block);
        }
      }
    }
  }

  /// C = epilogue(op(A) op(B)) by the blocks of the grid; see Products.h.
  template <class Epilogue>
  STEEPEST_DEVICE static void
  compute(const T *a, int64_t lda, int64_t strideA, const T *b, int64_t ldb,
          int64_t strideB, int k, int batch, bool transposeA, bool transposeB,
          const Epilogue &epilogue) {
    if (transposeA && transposeB)
      computeAs<true, true>(a, lda, strideA, b, ldb, strideB, k, batch,
                            epilogue);
    else if (transposeA)
      computeAs<true, false>(a, lda, strideA, b, ldb, strideB, k, batch,
                             epilogue);
    else if (transposeB)
      computeAs<false, true>(a, lda, strideA, b, ldb, strideB, k, batch,
                             epilogue);
    else
      computeAs<false, false>(a, lda, strideA, b, ldb, strideB, k, batch,
                              epilogue);
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTFMA_H
