//===- Panels.h - operands packed for wgmma -------------------------------===//
//
// A product of f32 matrices with factors in a narrower type reads each factor
// many times, so it is rounded once, into panels: 64 rows of op(A), or columns
// of op(B), by one slice of k, 128 bytes of it, laid out as wgmma reads shared
// memory (k along rows, 128-byte swizzle). A panel is 8192 consecutive bytes,
// and so a tile's share of a slice is consecutive, too:
//
//     slice 0: panel 0, panel 1, ..., slice 1: panel 0, ...
//
// One bulk copy brings it to shared memory. Nobody needs a tensor map, of which
// a step could make none: the addresses of its operands are known on the device
// only. Any base, any leading dimension, either order of an operand; beyond its
// edges panels hold zeros. There is an even number of slices, so that two warp
// groups may take one each.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_PANELS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_PANELS_H

#include "MmaOperand.h"

namespace steepest::sm {

template <class Mode> struct Panels {
  static constexpr int elementBytes = Mode::type == MmaType::Tf32 ? 4 : 2;
  static constexpr int rows = SteepestPanelRows, bytes = SteepestPanelBytes;
  /// Values of k in a slice, and in sixteen bytes.
  static constexpr int depth = 128 / elementBytes, run = 16 / elementBytes;

  STEEPEST_DEVICE static int count(int length) {
    return (length + rows - 1) / rows;
  }
  STEEPEST_DEVICE static int slices(int k) { return (k + depth - 1) / depth; }

  /// Sixteen bytes of a row, rounded.
  STEEPEST_DEVICE static Chunk narrowed(const float (&values)[run]) {
    Chunk chunk;
    STEEPEST_UNROLL
    for (int w = 0; w < 4; ++w)
      if constexpr (Mode::type == MmaType::Bf16)
        chunk.words[w] = packBf16(values[2 * w], values[2 * w + 1]);
      else if constexpr (Mode::type == MmaType::F16)
        chunk.words[w] = packF16(values[2 * w], values[2 * w + 1]);
      else
        chunk.words[w] = toTf32(values[w]);
    return chunk;
  }

  /// Row `row` of op(A), k from kk on, zeros beyond the edges. `alongK`: k runs
  /// along rows in memory.
  STEEPEST_DEVICE static Chunk load(const float *matrix, int64_t leading,
                                    int length, int k, bool alongK,
                                    bool aligned, int row, int kk) {
    float values[run];
    if (alongK) {
      const float *from = matrix + row * leading + kk;
      STEEPEST_UNROLL
      for (int i = 0; i < run; i += 4) {
        int valid = row < length ? k - kk - i : 0;
        auto four = loadRun(from + i, valid < 0 ? 0 : valid, aligned);
        STEEPEST_UNROLL
        for (int e = 0; e < 4; ++e)
          values[i + e] = four.elements[e];
      }
    } else {
      STEEPEST_UNROLL
      for (int i = 0; i < run; ++i)
        values[i] =
            row < length && kk + i < k ? matrix[(kk + i) * leading + row] : 0;
    }
    return narrowed(values);
  }

  /// Packs a matrix with `length` rows of op(A); all the blocks of the grid
  /// share the panels.
  STEEPEST_DEVICE static void pack(const float *matrix, int64_t leading,
                                   int length, int k, bool alongK, void *to) {
    bool aligned = isAligned(matrix, leading, 0, 16);
    int down = count(length), total = down * ((slices(k) + 1) / 2 * 2);
    for (int task = blockIndex(); task < total; task += gridSize()) {
      int first = task % down * rows, k0 = task / down * depth;
      char *panel = (char *)to + (int64_t)task * bytes;
      STEEPEST_UNROLL
      for (int i = 0; i < 2; ++i) {
        // Neighbours read neighbours: along k, or along rows, where each
        // thread writes 32 bytes of one.
        int thread = threadIndex();
        int row = alongK ? (thread + 256 * i) / 8 : thread % 64;
        int chunk = alongK ? thread % 8 : thread / 64 * 2 + i;
        Chunk packed = load(matrix, leading, length, k, alongK, aligned,
                            first + row, k0 + chunk * run);
        storeForCopies(panel + row * 128 + (chunk ^ (row & 7)) * 16, packed);
      }
    }
    // Bulk copies are told of what ordinary stores have written.
    if (!planted(Fault::MissingFence))
      fenceForCopies();
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_PANELS_H
