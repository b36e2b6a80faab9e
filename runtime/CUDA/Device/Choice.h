//===- Choice.h - which product for which size ----------------------------===//
//
// What a step knows when it comes to a product is the shape, so the choice is
// made there, from the shape alone: the same bits whatever else runs. It is the
// least of estimates, in cycles of an SM, of
//
//     waves (slices of 64 k x `slice` + `tile`) + (m + n) k `element` + `fixed`
//
// where a wave is a tile for each of `processors` SMs. A slice costs what the
// arithmetic units take for it at their peak, or the L2 cache to bring it at 64
// bytes a cycle, whichever is more, with a tenth on top; a tile, what its
// results take to be stored at 32 bytes a cycle, and 1500 cycles of latency.
// Packing moves six bytes per element of the factors (tf32: eight) at 16 bytes
// a cycle and SM, and costs a meeting. These are figures of design, for an
// H100; none was measured.
//
// Plain C++: the compiler, tests and device code include it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_CHOICE_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_CHOICE_H

#include "Extents.h"

/// One way to compute a product.
struct SteepestProductChoice {
  int32_t tileRows, tileColumns;
  /// Cycles of 64 k of a tile, and of the rest of it.
  int32_t slice, tile;
  /// Bytes moved for each element of the factors where they are packed into
  /// panels first, or 0.
  int32_t packs;
};

/// Of f32 with f32 arithmetic: fma_f32_*.
enum { SteepestFma64, SteepestFma128, SteepestFmaChoices };
/// Of f32 with rounded factors: mma_f32_as_* or mma_tf32_*, panel_*. Those from
/// `SteepestPanel64` on need wgmma.
enum {
  SteepestMma64x128,
  SteepestMma128,
  SteepestPanel64,
  SteepestPanel128,
  SteepestNarrowChoices
};

STEEPEST_HOST_DEVICE inline SteepestProductChoice
steepest_fma_choice(int32_t number) {
  // 128 FMA a cycle; with 4 x 4 results a thread, shared memory bounds it.
  if (number == SteepestFma64)
    return {64, 64, 4100, 2000, 0};
  return {128, 128, 9000, 3500, 0};
}

STEEPEST_HOST_DEVICE inline SteepestProductChoice
steepest_narrow_choice(int32_t number, bool tf32) {
  switch (number) {
  case SteepestMma64x128: // f32 by L2: 48 KiB
    return {64, 128, tf32 ? 1130 : 850, 2500, 0};
  case SteepestMma128: // tf32: 512 FMA a cycle
    return {128, 128, tf32 ? 2260 : 1130, 3500, 0};
  case SteepestPanel64: // 16 KiB, tf32 twice as much
    return {64, 64, tf32 ? 560 : 280, 2000, tf32 ? 8 : 6};
  default: // 32 KiB, and 2048 FMA a cycle; tf32 twice and half as much
    return {128, 128, tf32 ? 1130 : 560, 3500, tf32 ? 8 : 6};
  }
}

/// Cycles of a product that way.
STEEPEST_HOST_DEVICE inline int64_t
steepest_product_cycles(const SteepestProductChoice &choice, int64_t m,
                        int64_t n, int64_t k, bool symmetric) {
  const int64_t processors = 132;
  int64_t tiles = steepest_product_tiles(m, n, 1, choice.tileRows,
                                         choice.tileColumns, symmetric, 1);
  int64_t waves = (tiles + processors - 1) / processors;
  int64_t cycles = waves * ((k + 63) / 64 * choice.slice + choice.tile);
  if (choice.packs)
    cycles += (m + n) * k * choice.packs / (16 * processors) + 3000;
  return cycles;
}

/// The number of the cheapest way, f32 arithmetic.
STEEPEST_HOST_DEVICE inline int32_t
steepest_choose_fma(int64_t m, int64_t n, int64_t k, bool symmetric) {
  return steepest_product_cycles(steepest_fma_choice(SteepestFma64), m, n, k,
                                 symmetric) <
                 steepest_product_cycles(steepest_fma_choice(SteepestFma128), m,
                                         n, k, symmetric)
             ? SteepestFma64
             : SteepestFma128;
}

/// The same, factors of 16 bits, or tf32.
STEEPEST_HOST_DEVICE inline int32_t
steepest_choose_narrow(int64_t m, int64_t n, int64_t k, bool symmetric,
                       bool hasWgmma, bool tf32) {
  int32_t best = 0, count = hasWgmma ? SteepestNarrowChoices : SteepestPanel64;
  int64_t least = 0;
  // Unrolled, it is arithmetic; a loop would read tables.
#ifdef __clang__
#pragma unroll
#endif
  for (int32_t number = 0; number < count; ++number) {
    int64_t cycles = steepest_product_cycles(
        steepest_narrow_choice(number, tf32), m, n, k, symmetric);
    if (number == 0 || cycles < least) {
      best = number;
      least = cycles;
    }
  }
  return best;
}

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_CHOICE_H
