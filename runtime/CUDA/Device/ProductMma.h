//===- ProductMma.h - products by mma.sync --------------------------------===//
//
// For sm_80, 86, 89 and 120 (and for every shape on others): slices of A and B
// come by cp.async through a ring of three stages, warps compute 16 x 8 blocks
// with mma.sync and f32 sums, and results leave through shared memory, so that
// rows and their mirror images are stored sixteen bytes at a time.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTMMA_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTMMA_H

#include "MmaOperand.h"
#include "Tiles.h"

namespace steepest::sm {

/// Blocks of 16 x 32 of a warp's results, in shared memory on their way out.
template <class Element> struct MmaStaging {
  static constexpr int rows = 16, columns = 32;
  static constexpr int pitch = columns + 4;
  static constexpr int bytes = rows * pitch * 4;
  static constexpr int run = Run<Element>::length;

  STEEPEST_DEVICE static float read(uint32_t staging, int row, int column) {
    return floatOfBits(loadShared(staging + (row * pitch + column) * 4));
  }

  /// Stores the block at (row, column) of C, or its mirror image.
  template <bool mirror, class Epilogue>
  STEEPEST_DEVICE static void store(const Epilogue &epilogue, uint32_t staging,
                                    int batch, int row, int column) {
    constexpr int across = (mirror ? rows : columns) / run;
    constexpr int passes = rows * columns / run / 32;
    int limitRow = mirror ? epilogue.n - column : epilogue.m - row;
    int limitColumn = mirror ? epilogue.m - row : epilogue.n - column;
    STEEPEST_UNROLL
    for (int pass = 0; pass < passes; ++pass) {
      int index = pass * 32 + threadIndex() % 32;
      int i = index / across, j = index % across * run;
      Run<Element> values;
      STEEPEST_UNROLL
      for (int e = 0; e < run; ++e)
        narrow(values.elements[e],
               mirror ? read(staging, j + e, i) : read(staging, i, j + e));
      if (i < limitRow)
        storeRun(mirror ? epilogue.at(batch, column + i, row + j)
                        : epilogue.at(batch, row + i, column + j),
                 values, limitColumn - j, epilogue.alignedC);
    }
  }

  /// Stores what is on or below the diagonal, and its mirror image.
  template <class Epilogue>
  STEEPEST_DEVICE static void storeDiagonal(const Epilogue &epilogue,
                                            uint32_t staging, int batch,
                                            int row, int column) {
    for (int index = threadIndex() % 32; index < rows * columns; index += 32) {
      int i = index / columns, j = index % columns;
      epilogue.storeSymmetric(batch, row + i, column + j, read(staging, i, j));
    }
  }
};

template <class Mode, class Element, int tileRows, int tileColumns>
struct ProductMma {
  static constexpr int warpRows = tileRows / 2, warpColumns = 32;
  static constexpr int warpsAcross = tileColumns / warpColumns;
  static constexpr int threads = 2 * warpsAcross * 32;
  static constexpr int stages = 3;
  static constexpr int stageBytes = (tileRows + tileColumns) * 64;
  static constexpr int sharedBytes = stages * stageBytes;
  static_assert(sharedBytes <= 99 << 10, "sm_86, 89 and 120 have no more");
  static constexpr int down = warpRows / 16, across = warpColumns / 8;
  using Sums = float[down][across][4];

  template <class Left, class Right>
  STEEPEST_DEVICE static void multiplySlice(uint32_t slice, int warpRow,
                                            int warpColumn, Sums &sums) {
    uint32_t right = slice + Left::bytes;
    STEEPEST_UNROLL
    for (int kk = 0; kk < Left::depth; kk += Mode::k) {
      uint32_t a[down][Mode::parts][4], b[across / 2][Mode::parts][4];
      STEEPEST_UNROLL
      for (int i = 0; i < down; ++i)
        Left::template fragments<Mode>(a[i], slice, warpRow + i * 16, kk);
      STEEPEST_UNROLL
      for (int j = 0; j < across / 2; ++j)
        Right::template fragments<Mode>(b[j], right, warpColumn + j * 16, kk);
      STEEPEST_UNROLL
      for (int i = 0; i < down; ++i) {
        STEEPEST_UNROLL
        for (int j = 0; j < across; ++j)
          mmaBlock<Mode>(sums[i][j], a[i], b[j / 2], j % 2);
      }
    }
  }

  template <class Epilogue>
  STEEPEST_DEVICE static void store(const Epilogue &epilogue, int batch,
                                    int firstRow, int firstColumn, Sums &sums) {
    using Staging = MmaStaging<typename Epilogue::Element>;
    static_assert(threads / 32 * Staging::bytes <= sharedBytes);
    int lane = threadIndex() % 32;
    uint32_t staging =
        sharedAddress(sharedMemory()) + threadIndex() / 32 * Staging::bytes;
    STEEPEST_UNROLL
    for (int i = 0; i < down; ++i) {
      int row = firstRow + i * 16, column = firstColumn;
      // The same for all lanes of the warp.
      if (row >= epilogue.m || column >= epilogue.n ||
          (epilogue.symmetric && column >= row + 16))
        continue;
      STEEPEST_UNROLL
      for (int j = 0; j < across; ++j) {
        STEEPEST_UNROLL
        for (int half = 0; half < 2; ++half) {
          int r = half * 8 + lane / 4, c = j * 8 + lane % 4 * 2;
          SteepestPair<float> pair = {0, 0};
          if (row + r < epilogue.m && column + c < epilogue.n)
            pair = epilogue(batch, row + r, column + c, sums[i][j][2 * half],
                            sums[i][j][2 * half + 1]);
          storeShared(staging + (r * Staging::pitch + c) * 4,
                      bitsOfFloat(pair.first), bitsOfFloat(pair.second));
        }
      }
      syncWarp();
      if (epilogue.symmetric && column + 32 > row) {
        Staging::storeDiagonal(epilogue, staging, batch, row, column);
      } else {
        Staging::template store<false>(epilogue, staging, batch, row, column);
        if (epilogue.mirrored && !planted(Fault::MissingMirror))
          Staging::template store<true>(epilogue, staging, batch, row, column);
      }
      syncWarp();
    }
  }

  template <bool transposeA, bool transposeB, class Epilogue>
  STEEPEST_DEVICE static void computeAs(const Element *a, int64_t lda,
                                        int64_t strideA, const Element *b,
                                        int64_t ldb, int64_t strideB, int k,
                                        int batch, const Epilogue &epilogue) {
    uint32_t shared = sharedAddress(sharedMemory());
    int warp = shuffle(threadIndex() / 32, 0);
    int warpRow = warp / warpsAcross * warpRows;
    int warpColumn = warp % warpsAcross * warpColumns;
    using Left = MmaOperand<Element, tileRows, threads, !transposeA>;
    using Right = MmaOperand<Element, tileColumns, threads, transposeB>;
    Left left;
    Right right;
    left.leading = lda;
    left.rows = epilogue.m;
    left.aligned = isAligned(a, lda, strideA, 16);
    right.leading = ldb;
    right.rows = epilogue.n;
    right.aligned = isAligned(b, ldb, strideB, 16);
    left.k = right.k = k;
    int slices = (k + Left::depth - 1) / Left::depth;

    TileOrder<tileRows, tileColumns> order(epilogue.m, epilogue.n, batch,
                                           epilogue.symmetric);
    for (int t = blockIndex(); t < order.count; t += gridSize()) {
      Tile tile = order.at(t);
      left.matrix = a + tile.batch * strideA;
      right.matrix = b + tile.batch * strideB;
      left.first = tile.row * tileRows;
      right.first = tile.column * tileColumns;

      Sums sums;
      STEEPEST_UNROLL
      for (int i = 0; i < down; ++i) {
        STEEPEST_UNROLL
        for (int j = 0; j < across; ++j) {
          STEEPEST_UNROLL
          for (int e = 0; e < 4; ++e)
            sums[i][j][e] = 0;
        }
      }

      // A group is committed for every slice, also for those beyond the end, so
      // that `all but the last` always means the same.
      STEEPEST_UNROLL
      for (int s = 0; s < stages - 1; ++s) {
        if (s < slices) {
          left.copy(s * Left::depth, shared + s * stageBytes);
          right.copy(s * Left::depth, shared + s * stageBytes + Left::bytes);
        }
        commitCopies();
      }
      int reading = 0, writing = stages - 1;
      for (int s = 0; s < slices; ++s) {
        waitForCopies<planted(Fault::MissingWait) ? stages - 1 : stages - 2>();
        // Slice s is there for all threads, and all have read slice s - 1, in
        // whose place the next one goes.
        if (!planted(Fault::EarlyRelease))
          syncThreads();
        int next = s + stages - 1;
        if (next < slices) {
          left.copy(next * Left::depth, shared + writing * stageBytes);
          right.copy(next * Left::depth,
                     shared + writing * stageBytes + Left::bytes);
        }
        commitCopies();
        multiplySlice<Left, Right>(shared + reading * stageBytes, warpRow,
                                   warpColumn, sums);
        reading = reading + 1 == stages ? 0 : reading + 1;
        writing = writing + 1 == stages ? 0 : writing + 1;
      }
      waitForCopies<0>();
      syncThreads();
      store(epilogue, tile.batch, left.first + warpRow,
            right.first + warpColumn, sums);
      syncThreads();
    }
  }

  /// C = epilogue(op(A) op(B)) by the blocks of the grid; see Products.h.
  template <class Epilogue>
  STEEPEST_DEVICE static void
  compute(const Element *a, int64_t lda, int64_t strideA, const Element *b,
          int64_t ldb, int64_t strideB, int k, int batch, bool transposeA,
          bool transposeB, const Epilogue &epilogue) {
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

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTMMA_H
