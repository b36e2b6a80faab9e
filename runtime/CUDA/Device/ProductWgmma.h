//===- ProductWgmma.h - products by wgmma and TMA -------------------------===//
//
// For sm_90a. A block is one warp group that loads (one thread of it does) and
// one or two that compute 64 rows each. Slices of A and B come by TMA through a
// ring of stages with a barrier for `full` and one for `empty` each; with a
// cluster of two, the blocks lie one above the other, and each loads half of
// the B they share for both. Blocks are persistent: while results of a tile
// leave through shared memory and TMA, the next tile's slices are on their way.
//
// Slices are stored as TMA's 128-byte swizzle has it. With k along rows, a row
// of a slice is 128 bytes, 32 of which are one wgmma; with k down columns, 64
// rows (of op(A), columns of op(B)) by all of the slice's k are one box of 128
// byte rows, one for each k.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTWGMMA_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTWGMMA_H

#include "MmaOperand.h"
#include "Tiles.h"

namespace steepest::sm {

/// The descriptor of a matrix in shared memory, in 128-byte swizzle, at a
/// multiple of 1024 bytes: groups of eight 128-byte rows are 1024 bytes apart
/// and, with k down columns, boxes of 64 are 8192 bytes apart. (PTX ISA, matrix
/// descriptor; fields are in units of 16 bytes.)
STEEPEST_DEVICE uint64_t descriptor(uint32_t address, bool alongK) {
  uint64_t start = (address & 0x3ffff) >> 4;
  uint64_t leading = alongK ? 1 : 8192 >> 4;
  uint64_t stride = 1024 >> 4;
  return start | leading << 16 | stride << 32 | 1ull << 62;
}

/// How much a descriptor advances from one wgmma to the next: 32 bytes of a
/// row, or sixteen rows of 128 bytes.
template <bool alongK> STEEPEST_DEVICE constexpr int descriptorStep() {
  return alongK && !planted(Fault::DescriptorStep) ? 32 >> 4 : 16 * 128 >> 4;
}

template <int stages> struct Ring {
  int stage = 0;
  uint32_t parity = 0;

  STEEPEST_DEVICE void advance() {
    if (++stage == stages) {
      stage = 0;
      if (!planted(Fault::MissingPhaseFlip))
        parity ^= 1;
    }
  }
};

/// Results of a warp group on their way out: 64 rows of 128 bytes, and their
/// transpose, both as TMA's 128-byte swizzle has them.
template <class Element> struct WgmmaStaging {
  static constexpr int columns = 128 / sizeof(Element);
  /// Boxes are square; one holds all of a slab, or half.
  static constexpr int boxRows = columns;
  static constexpr int boxes = 64 / boxRows;
  static constexpr int slabBytes = 64 * 128;
  static constexpr int bytes = 2 * slabBytes;

  STEEPEST_DEVICE static uint32_t offsetOf(int row, int column) {
    int byte = column * (int)sizeof(Element);
    return row * 128 + ((byte / 16 ^ (row & 7)) * 16) + byte % 16;
  }

  STEEPEST_DEVICE static uint32_t mirroredOffsetOf(int row, int column) {
    return row / boxRows * boxRows * 128 + offsetOf(column, row % boxRows);
  }

  /// Writes the sums of this warp, rows 16 `warp` on, and if `mirrored` their
  /// transpose.
  template <int count>
  STEEPEST_DEVICE static void write(uint32_t staging, int warp, bool mirrored,
                                    const float (&values)[count]) {
    int lane = threadIndex() % 32;
    if constexpr (sizeof(Element) == 2) {
      int row = warp * 16 + lane / 8 % 2 * 8;
      STEEPEST_UNROLL
      for (int j = 0; j < columns; j += 16) {
        uint32_t words[4];
        STEEPEST_UNROLL
        for (int w = 0; w < 4; ++w) {
          Element pair[2];
          narrow(pair[0], values[j / 2 + 2 * w]);
          narrow(pair[1], values[j / 2 + 2 * w + 1]);
          words[w] = pair[0].bits | (uint32_t)pair[1].bits << 16;
        }
        int column = j + lane / 16 * 8;
        storeMatrices(staging + offsetOf(row + lane % 8, column), words);
        if (mirrored)
          storeTransposed(staging + slabBytes +
                              mirroredOffsetOf(row, column + lane % 8),
                          words);
      }
    } else {
      STEEPEST_UNROLL
      for (int j = 0; j < columns / 8; ++j) {
        STEEPEST_UNROLL
        for (int half = 0; half < 2; ++half) {
          int row = warp * 16 + half * 8 + lane / 4;
          int column = j * 8 + lane % 4 * 2;
          uint32_t first = bitsOfFloat(values[j * 4 + half * 2]);
          uint32_t second = bitsOfFloat(values[j * 4 + half * 2 + 1]);
          storeShared(staging + offsetOf(row, column), first, second);
          if (mirrored) {
            uint32_t to = staging + slabBytes;
            storeShared(to + mirroredOffsetOf(row, column), first);
            storeShared(to + mirroredOffsetOf(row, column + 1), second);
          }
        }
      }
    }
  }

  /// Stores the slab at (row, column) of C and its mirror image; one thread.
  STEEPEST_DEVICE static void store(uint32_t staging,
                                    const SteepestTensorMap *map, int batch,
                                    int row, int column, bool mirrored) {
    STEEPEST_UNROLL
    for (int box = 0; box < boxes; ++box) {
      uint32_t from = staging + box * boxRows * 128;
      storeBox(map, from, column, row + box * boxRows, batch);
      if (mirrored)
        storeBox(map, from + slabBytes, row + box * boxRows, column, batch);
    }
  }
};

template <class Mode, class Element, class Result, int tileRows,
          int tileColumns>
struct ProductWgmma {
  static constexpr int consumers = tileRows / 64;
  static constexpr int threads = 128 * (consumers + 1);
  static constexpr int cluster = tileColumns / tileRows;
  static constexpr int depth = 128 / sizeof(Element);
  static constexpr int bytesA = tileRows * 128, bytesB = tileColumns * 128;
  static constexpr int stageBytes = bytesA + bytesB;
  static constexpr int stages = tileColumns == 128 ? 5 : 4;
  static constexpr int stagingAt = stages * stageBytes;
  using Staging = WgmmaStaging<Result>;
  static constexpr int barriersAt = stagingAt + consumers * Staging::bytes;
  static constexpr int sharedBytes = barriersAt + 1024;
  static_assert(sharedBytes <= 227 << 10, "sm_90 has no more");

  STEEPEST_DEVICE static uint64_t *full(int stage) {
    return (uint64_t *)(sharedMemory() + barriersAt) + stage;
  }
  STEEPEST_DEVICE static uint64_t *empty(int stage) {
    return (uint64_t *)(sharedMemory() + barriersAt) + stages + stage;
  }

  /// Loads one slice of an operand, `length` rows of op(A), or columns of
  /// op(B), from `first` on, to every block of `blocks`.
  template <bool alongK, int length>
  STEEPEST_DEVICE static void load(uint32_t to, const SteepestTensorMap *map,
                                   uint64_t *barrier, int first, int k0,
                                   int batch, int blocks) {
    constexpr int step = alongK ? length : 64;
    STEEPEST_UNROLL
    for (int i = 0; i < length; i += step) {
      int x = alongK ? k0 : first + i, y = alongK ? first + i : k0;
      if (blocks == 1)
        loadBox(to + i * 128, map, barrier, x, y, batch);
      else
        loadBoxMulticast(to + i * 128, map, barrier, x, y, batch,
                         (uint16_t)((1 << blocks) - 1));
    }
  }

  template <bool alongA, bool alongB, class Order>
  STEEPEST_DEVICE static void produce(const SteepestTensorMap *mapA,
                                      const SteepestTensorMap *mapB, int slices,
                                      const Order &order) {
    constexpr int share = tileColumns / cluster;
    int rank = cluster == 1 ? 0 : clusterRank();
    uint32_t shared = sharedAddress(sharedMemory());
    Ring<stages> ring;
    for (int t = blockIndex(); t < order.count; t += gridSize()) {
      Tile tile = order.at(t);
      for (int s = 0; s < slices; ++s) {
        // All blocks of the cluster have read the slice that was here.
        waitForPhase(empty(ring.stage), ring.parity ^ 1);
        uint64_t *barrier = full(ring.stage);
        arriveExpecting(barrier, planted(Fault::ExpectedBytes) ? stageBytes / 2
                                                               : stageBytes);
        uint32_t to = shared + ring.stage * stageBytes;
        load<alongA, tileRows>(to, mapA, barrier, tile.row * tileRows,
                               s * depth, tile.batch, 1);
        load<alongB, share>(to + bytesA + rank * share * 128, mapB, barrier,
                            tile.column * tileColumns + rank * share, s * depth,
                            tile.batch, cluster);
        ring.advance();
      }
    }
  }

  /// Tells all blocks of the cluster that this warp group has read a slice.
  STEEPEST_DEVICE static void release(int stage) {
    int thread = threadIndex() % 128;
    if constexpr (cluster == 1) {
      if (thread == 0)
        arrive(empty(stage));
    } else if (thread < cluster) {
      arriveAt(empty(stage), thread);
    }
  }

  /// The results of columns `slab` to slab + Staging::columns of this warp
  /// group's 64 rows, in place of the sums.
  template <int count, class Epilogue>
  STEEPEST_DEVICE static void apply(const Epilogue &epilogue, int batch,
                                    int row, int column,
                                    float (&values)[count]) {
    int lane = threadIndex() % 32;
    row += threadIndex() % 128 / 32 * 16 + lane / 4;
    column += lane % 4 * 2;
    STEEPEST_UNROLL
    for (int i = 0; i < count; i += 2) {
      int r = row + i / 2 % 2 * 8, c = column + i / 4 * 8;
      if (r < epilogue.m && c < epilogue.n) {
        auto pair = epilogue(batch, r, c, values[i], values[i + 1]);
        values[i] = pair.first;
        values[i + 1] = pair.second;
      }
    }
  }

  template <class Epilogue>
  STEEPEST_DEVICE static void
  store(const SteepestTensorMap *mapC, const Epilogue &epilogue, int group,
        const Tile &tile, float (&sums)[tileColumns / 2]) {
    constexpr int columns = Staging::columns;
    int thread = threadIndex() % 128, warp = thread / 32;
    uint32_t staging =
        sharedAddress(sharedMemory()) + stagingAt + group * Staging::bytes;
    int row = tile.row * tileRows + group * 64;
    STEEPEST_UNROLL
    for (int slab = 0; slab < tileColumns; slab += columns) {
      int column = tile.column * tileColumns + slab;
      // All of this is the same for the whole warp group.
      if (row >= epilogue.m || column >= epilogue.n ||
          (epilogue.symmetric && column >= row + 64))
        continue;
      float values[columns / 2];
      STEEPEST_UNROLL
      for (int i = 0; i < columns / 2; ++i)
        values[i] = sums[slab / 2 + i];
      apply(epilogue, tile.batch, row, column, values);
      if (epilogue.symmetric && column + columns > row) {
        int lane = thread % 32;
        STEEPEST_UNROLL
        for (int i = 0; i < columns / 2; ++i)
          epilogue.storeSymmetric(
              tile.batch, row + warp * 16 + lane / 4 + i / 2 % 2 * 8,
              column + i / 4 * 8 + lane % 4 * 2 + i % 2, values[i]);
        continue;
      }
      bool mirrored = epilogue.mirrored && !planted(Fault::MissingMirror);
      // The staging buffer is free when the last stores have read it.
      if (thread == 0 && !planted(Fault::StagingReuse))
        waitForStoresToRead();
      syncSome(1 + group, 128);
      Staging::write(staging, warp, mirrored, values);
      if (!planted(Fault::MissingFence))
        fenceForStores();
      syncSome(1 + group, 128);
      if (thread == 0) {
        Staging::store(staging, mapC, tile.batch, row, column, mirrored);
        commitStores();
      }
    }
  }

  template <bool alongA, bool alongB, class Order, class Epilogue>
  STEEPEST_DEVICE static void consume(const SteepestTensorMap *mapC, int slices,
                                      int group, const Order &order,
                                      const Epilogue &epilogue) {
    constexpr int stepA = descriptorStep<alongA>();
    constexpr int stepB = descriptorStep<alongB>();
    uint32_t shared = sharedAddress(sharedMemory());
    Ring<stages> ring;
    for (int t = blockIndex(); t < order.count; t += gridSize()) {
      float sums[tileColumns / 2];
      STEEPEST_UNROLL
      for (int i = 0; i < tileColumns / 2; ++i)
        sums[i] = 0;
      int last = -1;
      for (int s = 0; s < slices; ++s) {
        waitForPhase(full(ring.stage), ring.parity);
        uint32_t slice = shared + ring.stage * stageBytes;
        uint64_t a = descriptor(slice + group * 64 * 128, alongA);
        uint64_t b = descriptor(slice + bytesA, alongB);
        fenceWgmma();
        STEEPEST_UNROLL
        for (int kk = 0; kk < depth / Mode::k; ++kk)
          wgmma<Mode::type, !alongA, !alongB>(sums, a + kk * stepA,
                                              b + kk * stepB);
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
      }
      if (!planted(Fault::MissingWait))
        waitForWgmma<0>();
      if (last >= 0 && !planted(Fault::EarlyRelease))
        release(last);
      store(mapC, epilogue, group, order.at(t), sums);
    }
    if (threadIndex() % 128 == 0)
      waitForStores();
  }

  template <bool alongA, bool alongB, class Epilogue>
  STEEPEST_DEVICE static void computeAs(const SteepestTensorMap *mapA,
                                        const SteepestTensorMap *mapB,
                                        const SteepestTensorMap *mapC, int k,
                                        int batch, const Epilogue &epilogue) {
    TileOrder<tileRows, tileColumns> order(epilogue.m, epilogue.n, batch,
                                           epilogue.symmetric);
    int slices = (k + depth - 1) / depth;
    if (threadIndex() == 0) {
      prefetchTensorMap(mapA);
      prefetchTensorMap(mapB);
      prefetchTensorMap(mapC);
      for (int stage = 0; stage < stages; ++stage) {
        initBarrier(full(stage), 1);
        initBarrier(empty(stage),
                    consumers * cluster + planted(Fault::ArriveCount));
      }
      fenceBarrierInit();
    }
    if constexpr (cluster == 1)
      syncThreads();
    else
      syncCluster();

    // Uniform, so that ptxas sees that warps do not diverge around wgmma.
    int group = shuffle(threadIndex() / 128, 0);
    if (group == consumers) {
      if constexpr (consumers == 2)
        lowerRegisters<40>();
      if (threadIndex() % 128 == 0)
        produce<alongA, alongB>(mapA, mapB, slices, order);
      syncWarp();
    } else {
      if constexpr (consumers == 2)
        raiseRegisters<232>();
      consume<alongA, alongB>(mapC, slices, group, order, epilogue);
    }
    // A block of a cluster stays until the others no longer write to it.
    if constexpr (cluster != 1)
      syncCluster();
  }

  /// C = epilogue(op(A) op(B)) by the blocks of the grid; see Products.h.
  template <class Epilogue>
  STEEPEST_DEVICE static void
  compute(const SteepestTensorMap *mapA, const SteepestTensorMap *mapB,
          const SteepestTensorMap *mapC, int k, int batch, bool transposeA,
          bool transposeB, const Epilogue &epilogue) {
    if constexpr (sizeof(Element) == 4)
      computeAs<true, true>(mapA, mapB, mapC, k, batch, epilogue);
    else if (transposeA && transposeB)
      computeAs<false, true>(mapA, mapB, mapC, k, batch, epilogue);
    else if (transposeA)
      computeAs<false, false>(mapA, mapB, mapC, k, batch, epilogue);
    else if (transposeB)
      computeAs<true, true>(mapA, mapB, mapC, k, batch, epilogue);
    else
      computeAs<true, false>(mapA, mapB, mapC, k, batch, epilogue);
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PRODUCTWGMMA_H
