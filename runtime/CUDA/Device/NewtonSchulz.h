//===- NewtonSchulz.h - Newton-Schulz iteration of one block --------------===//
//
// X, A = X X^T and B = b A + c A^2 are f32 in shared memory, zero beyond their
// edges up to multiples of 16; products are by mma.sync. Of the symmetric ones
// 16 x 16 blocks on and below the diagonal are computed. X <- a X + B X goes in
// place: a warp computes whole columns, which no other warp reads.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_NEWTONSCHULZ_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_NEWTONSCHULZ_H

#include "ProductStaged.h"
#include "Solvers.h"

namespace steepest::sm {

template <class Mode, class Element> struct NewtonSchulz {
  static constexpr int threads = SteepestSolverThreads, warps = threads / 32;
  static constexpr int limit = SteepestSolverLimit;

  const Element *x;
  int64_t ldx;
  Element *y;
  int64_t ldy;
  int m, n;

  // Of what is worked on, X or its transpose, and of its padded form.
  bool transposed;
  int rows, columns, paddedRows, paddedColumns;
  int pitchX, pitchA;
  float *X, *A, *B, *partial;

  STEEPEST_DEVICE NewtonSchulz(const Element *theX, int64_t theLdx,
                               Element *theY, int64_t theLdy, int theM,
                               int theN)
      : x(theX), ldx(theLdx), y(theY), ldy(theLdy), m(theM), n(theN),
        transposed(theM > theN) {
    rows = transposed ? n : m;
    columns = transposed ? m : n;
    paddedRows = steepest_staged_extent(rows);
    paddedColumns = steepest_staged_extent(columns);
    pitchX = steepest_staged_pitch(columns);
    pitchA = steepest_staged_pitch(rows);
    X = (float *)sharedMemory();
    A = X + paddedRows * pitchX;
    B = A + paddedRows * pitchA;
    partial = B + paddedRows * pitchA;
  }

  /// Loads X, and returns ||X||_F, in all threads.
  STEEPEST_DEVICE float load() const {
    float squares = 0;
    for (int index = threadIndex(); index < paddedRows * paddedColumns;
         index += threads) {
      // Neighbours in memory by neighbouring threads.
      int i = transposed ? index % paddedRows : index / paddedColumns;
      int j = transposed ? index / paddedRows : index % paddedColumns;
      float value = 0;
      if (i < rows && j < columns)
        value = widen(transposed ? x[j * ldx + i] : x[i * ldx + j]);
      squares = fma(value, value, squares);
      X[i * pitchX + j] = value;
    }
    STEEPEST_UNROLL
    for (int mask = 16; mask != 0; mask /= 2)
      squares += shuffleXor(squares, mask);
    if (threadIndex() % 32 == 0)
      partial[threadIndex() / 32] = squares;
    syncThreads();
    float sum = 0;
    STEEPEST_UNROLL
    for (int warp = 0; warp < warps; ++warp)
      sum += partial[warp];
    return squareRoot(sum);
  }

  STEEPEST_DEVICE void scale(float by) const {
    for (int index = threadIndex(); index < paddedRows * paddedColumns;
         index += threads)
      X[index / paddedColumns * pitchX + index % paddedColumns] *= by;
  }

  STEEPEST_DEVICE void store() const {
    for (int index = threadIndex(); index < rows * columns; index += threads) {
      int i = transposed ? index % rows : index / columns;
      int j = transposed ? index / rows : index % columns;
      narrow(transposed ? y[j * ldy + i] : y[i * ldy + j], X[i * pitchX + j]);
    }
  }

  /// out = b A + c in in^T, `in` having `depth` columns; without A where it is
  /// null. The threads meet first.
  STEEPEST_DEVICE void symmetricProduct(float *out, const float *in, int depth,
                                        const float *addend, float b,
                                        float c) const {
    StagedFactor factor(in, depth, true);
    ProductStaged<Mode>::compute(
        factor, factor, depth,
        {out, nullptr, 0, addend, rows, rows, true, true, c, b, 0});
  }

  /// X <- a X + B X.
  STEEPEST_DEVICE void update(float a) const {
    int lane = threadIndex() % 32, warp = shuffle(threadIndex() / 32, 0);
    for (int column = warp * 16; column < paddedColumns; column += warps * 16) {
      float sums[limit / 16][2][4] = {};
      for (int k = 0; k < paddedRows; k += Mode::k) {
        uint32_t right[Mode::parts][4];
        makeFragments<Mode>(right,
                            StagedFactor(X, columns, false).from(column, k));
        STEEPEST_UNROLL
        for (int block = 0; block < limit / 16; ++block)
          if (block * 16 < paddedRows) {
            uint32_t left[Mode::parts][4];
            makeFragments<Mode>(
                left, StagedFactor(B, rows, true).from(block * 16, k));
            STEEPEST_UNROLL
            for (int half = 0; half < 2; ++half)
              mmaBlock<Mode>(sums[block][half], left, right, half);
          }
      }
      syncWarp();
      STEEPEST_UNROLL
      for (int block = 0; block < limit / 16; ++block)
        if (block * 16 < paddedRows) {
          STEEPEST_UNROLL
          for (int half = 0; half < 2; ++half) {
            STEEPEST_UNROLL
            for (int e = 0; e < 4; ++e) {
              int i = block * 16 + e / 2 * 8 + lane / 4;
              int j = column + half * 8 + lane % 4 * 2 + e % 2;
              float &at = X[i * pitchX + j];
              at = fma(a, at, sums[block][half][e]);
            }
          }
        }
    }
  }

  STEEPEST_DEVICE void run(const float *coefficients, int steps, float factor,
                           float epsilon) const {
    float norm = load();
    float divisor = fma(factor, norm, epsilon);
    // A matrix of zeros stays one.
    scale(divisor > 0 ? reciprocal(divisor) : 0.0f);
    for (int step = 0; step < steps; ++step) {
      float a = coefficients[3 * step], b = coefficients[3 * step + 1];
      float c = coefficients[3 * step + 2];
      symmetricProduct(A, X, columns, nullptr, 0, 1);
      symmetricProduct(B, A, rows, A, b, c);
      syncThreads();
      update(a);
    }
    syncThreads();
    store();
  }

  /// See Solvers.h.
  STEEPEST_DEVICE static void solve(const Element *x, int64_t ldx,
                                    int64_t strideX, Element *y, int64_t ldy,
                                    int64_t strideY, int m, int n, int batch,
                                    const float *coefficients, int steps,
                                    float factor, float epsilon) {
    for (int matrix = blockIndex(); matrix < batch; matrix += gridSize()) {
      NewtonSchulz block(x + matrix * strideX, ldx, y + matrix * strideY, ldy,
                         m, n);
      block.run(coefficients, steps, factor, epsilon);
      syncThreads();
    }
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_NEWTONSCHULZ_H
