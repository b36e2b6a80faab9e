//===- ProductPanels.h - products of panels by wgmma ----------------------===//
//
// For sm_90a, inside of kernels that do more than one product: all threads of a
// block compute, 256 of them, and one of them also starts the copies, so that
// no thread has to be given away and no register moved. Panels (Panels.h) come
// by bulk copies through a ring of stages with a barrier for `full` and one for
// `empty` each; copies for the next tile are on their way while a tile's
// results are stored.
//
// Tiles of 128 rows are shared by the two warp groups row by row; with 64 rows,
// for small results, each of them takes every other slice of k, and their sums
// are added up at the end.
//
// Results go from registers to memory: of f32, four lanes fill a sector, and of
// the mirror image eight do.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTPANELS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTPANELS_H

#include "Panels.h"
#include "ProductWgmma.h"

namespace steepest::sm {

template <class Mode, int tileRows, int tileColumns> struct ProductPanels {
  using Operand = Panels<Mode>;
  static constexpr int threads = 256;
  /// Warp groups that share the slices of a tile, and the tile.
  static constexpr int alongK = 128 / tileRows, down = 2 / alongK;
  static_assert(alongK * down == 2 && tileColumns % tileRows == 0);
  static constexpr int panelsA = tileRows / 64, panelsB = tileColumns / 64;
  static constexpr int sliceBytes = (panelsA + panelsB) * Operand::bytes;
  static constexpr int stageBytes = alongK * sliceBytes;
  static constexpr int stages = 4;
  /// Half of the sums of either warp group, on their way to the other one.
  static constexpr int exchangeAt = stages * stageBytes;
  static constexpr int exchangeBytes =
      alongK == 2 ? tileRows * tileColumns * 4 : 0;
  static constexpr int barriersAt = exchangeAt + exchangeBytes;
  static constexpr int sharedBytes = barriersAt + 2 * stages * 8;
  using Order = TileOrder<tileRows, tileColumns>;
  using Sums = float[tileColumns / 2];

  STEEPEST_DEVICE static uint64_t *full(int stage) {
    return (uint64_t *)(sharedMemory() + barriersAt) + stage;
  }
  STEEPEST_DEVICE static uint64_t *empty(int stage) {
    return (uint64_t *)(sharedMemory() + barriersAt) + stages + stage;
  }

  /// Starts the copies of one stage after the other; of one thread.
  struct Loader {
    const char *a, *b;
    int countA, countB; // panels of an operand
    int slices;
    const Order &order;
    int next, slice = 0; // tile and slice to come
    Tile tile;
    Ring<stages> ring;

    STEEPEST_DEVICE Loader(const void *theA, const void *theB, int m, int n,
                           int k, const Order &theOrder)
        : a((const char *)theA), b((const char *)theB),
          countA(Operand::count(m)), countB(Operand::count(n)),
          slices(Operand::slices(k)), order(theOrder), next(blockIndex()) {
      if (slices == 0)
        next = order.count;
      if (next < order.count)
        tile = order.at(next);
    }

    /// Copies up to `most` panels, from `first` on, of slice `s`.
    STEEPEST_DEVICE static void copy(uint32_t to, const char *from, int s,
                                     int first, int panels, int count,
                                     uint64_t *barrier) {
      if (panels > 0)
        copyBulk(to, from + ((int64_t)s * count + first) * Operand::bytes,
                 panels * Operand::bytes, barrier);
    }

    STEEPEST_DEVICE void load() {
      if (next >= order.count)
        return;
      // All warp groups have read the slices that were here.
      waitForPhase(empty(ring.stage), ring.parity ^ 1);
      uint64_t *barrier = full(ring.stage);
      int firstA = tile.row * panelsA, firstB = tile.column * panelsB;
      int restA = countA - firstA, restB = countB - firstB;
      // The lower tile of a group may be beyond the edge.
      int ofA = restA < 0 ? 0 : restA < panelsA ? restA : panelsA;
      int ofB = restB < panelsB ? restB : panelsB;
      int bytes = alongK * (ofA + ofB) * Operand::bytes;
      arriveExpecting(barrier,
                      planted(Fault::ExpectedBytes) ? bytes / 2 : bytes);
      uint32_t to =
          sharedAddress(sharedMemory()) + (uint32_t)(ring.stage * stageBytes);
      for (int i = 0; i < alongK; ++i, to += sliceBytes) {
        copy(to, a, slice + i, firstA, ofA, countA, barrier);
        copy(to + panelsA * Operand::bytes, b, slice + i, firstB, ofB, countB,
             barrier);
      }
      ring.advance();
      slice += alongK;
      if (slice >= slices) {
        slice = 0;
        next += gridSize();
        if (next < order.count)
          tile = order.at(next);
      }
    }
  };

  /// Adds up the sums of both warp groups: each gets those of half the columns,
  /// group 0 the first ones.
  STEEPEST_DEVICE static void exchange(int group, const Sums &sums,
                                       float (&half)[tileColumns / 4]) {
    constexpr int count = tileColumns / 4;
    uint32_t at =
        sharedAddress(sharedMemory()) + exchangeAt + threadIndex() % 128 * 4;
    STEEPEST_UNROLL
    for (int i = 0; i < count; ++i)
      storeShared(at + (group * count + i) * 512,
                  bitsOfFloat(group == 0 ? sums[i + count] : sums[i]));
    syncThreads();
    STEEPEST_UNROLL
    for (int i = 0; i < count; ++i)
      half[i] = (group == 0 ? sums[i] : sums[i + count]) +
                floatOfBits(loadShared(at + ((1 - group) * count + i) * 512));
    // The memory may be written again.
    syncThreads();
  }

  template <class Epilogue>
  STEEPEST_DEVICE static bool isStored(const Epilogue &epilogue, int row,
                                       int column) {
    return row < epilogue.m && column < epilogue.n &&
           (!epilogue.symmetric || column <= row);
  }

  /// Stores what a warp group has of a tile from (row, column) on.
  template <int count, class Epilogue>
  STEEPEST_DEVICE static void store(const Epilogue &epilogue, int row,
                                    int column, const float (&sums)[count]) {
    int thread = threadIndex() % 128;
    row += thread / 32 * 16 + thread % 32 / 4;
    column += thread % 4 * 2;
    // What is added is loaded for several at once.
    constexpr int pairs = 8;
    STEEPEST_UNROLL
    for (int i = 0; i < count; i += 2 * pairs) {
      SteepestPair<float> added[pairs];
      STEEPEST_UNROLL
      for (int j = 0; j < pairs; ++j) {
        int r = row + j % 2 * 8, c = column + (i / 2 + j) / 2 * 8;
        added[j] = isStored(epilogue, r, c) ? epilogue.addend(0, r, c)
                                            : SteepestPair<float>{0, 0};
      }
      STEEPEST_UNROLL
      for (int j = 0; j < pairs; ++j) {
        int r = row + j % 2 * 8, c = column + (i / 2 + j) / 2 * 8;
        int at = i + 2 * j;
        if (isStored(epilogue, r, c))
          epilogue.storePair(
              0, r, c,
              epilogue.apply(0, r, c, sums[at], sums[at + 1], added[j]));
      }
    }
  }

  /// The sums of one slice.
  STEEPEST_DEVICE static void multiply(uint32_t slice, int panel, Sums &sums) {
    uint64_t a = descriptor(slice + panel * Operand::bytes, true);
    uint64_t b = descriptor(slice + panelsA * Operand::bytes, true);
    STEEPEST_UNROLL
    for (int kk = 0; kk < Operand::depth / Mode::k; ++kk)
      wgmma<Mode::type, false, false>(sums, a + kk * descriptorStep<true>(),
                                      b + kk * descriptorStep<true>());
  }

  /// C = epilogue(op(A) op(B)) from the panels of A and B.
  template <class Epilogue>
  STEEPEST_DEVICE static void compute(const void *a, const void *b, int k,
                                      const Epilogue &epilogue) {
    Order order(epilogue.m, epilogue.n, 1, epilogue.symmetric);
    Loader loader(a, b, epilogue.m, epilogue.n, k, order);
    bool isLoader = threadIndex() == 0;
    if (isLoader) {
      for (int stage = 0; stage < stages; ++stage) {
        initBarrier(full(stage), 1);
        initBarrier(empty(stage), 2 + planted(Fault::ArriveCount));
      }
      fenceBarrierInit();
      // What copies read, and where they write, was written by ordinary stores.
      fenceForCopies();
    }
    syncThreads();
    if (isLoader)
      for (int stage = 0; stage < stages - 1; ++stage)
        loader.load();
    syncWarp();

    // Uniform, so that ptxas sees that warps do not diverge around wgmma.
    int group = shuffle(threadIndex() / 128, 0);
    uint32_t shared = sharedAddress(sharedMemory());
    if (alongK == 2)
      shared += group * sliceBytes;
    Ring<stages> ring;
    for (int t = blockIndex(); t < order.count; t += gridSize()) {
      Sums sums;
      STEEPEST_UNROLL
      for (int i = 0; i < tileColumns / 2; ++i)
        sums[i] = 0;
      int last = -1;
      for (int s = 0; s < loader.slices; s += alongK) {
        waitForPhase(full(ring.stage), ring.parity);
        fenceWgmma();
        multiply(shared + ring.stage * stageBytes, alongK == 1 ? group : 0,
                 sums);
        commitWgmma();
        if (planted(Fault::EarlyRelease)) {
          release(ring.stage);
        } else {
          // The previous slice's are done; this one's go on.
          waitForWgmma<1>();
          if (last >= 0)
            release(last);
        }
        last = ring.stage;
        ring.advance();
        if (isLoader)
          loader.load();
        syncWarp();
      }
      if (!planted(Fault::MissingWait))
        waitForWgmma<0>();
      if (last >= 0 && !planted(Fault::EarlyRelease))
        release(last);
      Tile tile = order.at(t);
      int row = tile.row * tileRows, column = tile.column * tileColumns;
      if constexpr (alongK == 2) {
        float half[tileColumns / 4];
        exchange(group, sums, half);
        store(epilogue, row, column + group * tileColumns / 2, half);
      } else {
        store(epilogue, row + group * 64, column, sums);
      }
    }
    // The memory is somebody else's now.
    syncThreads();
    if (isLoader && !planted(Fault::MissingInvalidation))
      for (int stage = 0; stage < stages; ++stage) {
        invalidateBarrier(full(stage));
        invalidateBarrier(empty(stage));
      }
    syncThreads();
  }

  STEEPEST_DEVICE static void release(int stage) {
    if (threadIndex() % 128 == 0)
      arrive(empty(stage));
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTPANELS_H
