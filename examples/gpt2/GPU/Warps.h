//===- Warps.h - what kernels are written in ------------------------------===//
//
// Who a thread is, sums over the lanes of a warp, elementary functions: by the
// device template.
//
//===----------------------------------------------------------------------===//

#ifndef GPT2_GPU_WARPS_H
#define GPT2_GPU_WARPS_H

#include "Kernels.h"

#include "CUDA/Device/Exponential.h"
#include "CUDA/Device/Primitives.h"

// Tests run the kernels on a model, which has functions of one thread.
#ifdef STEEPEST_SM_MODEL
#define KERNEL(name) static void name(const name##_arguments &in)
#else
#define KERNEL(name)                                                           \
  extern "C" __attribute__((nvptx_kernel)) void name(const name##_arguments in)
#endif

namespace {

using namespace steepest::sm;

// Elementary functions of the template are those of doubles.
STEEPEST_DEVICE float exponentialOf(float x) {
  return (float)exponential({(double)x, 0});
}
STEEPEST_DEVICE float logarithmOf(float x) {
  return (float)logarithmTo({1, 0}, (double)x);
}

STEEPEST_DEVICE int lane() { return threadIndex() % 32; }
/// This warp, and the warps, of all blocks.
STEEPEST_DEVICE int64_t warpIndex() {
  return (int64_t)blockIndex() * (GPT2_BLOCK / 32) + threadIndex() / 32;
}
STEEPEST_DEVICE int64_t warpCount() {
  return (int64_t)gridSize() * (GPT2_BLOCK / 32);
}
/// This thread, and the threads.
STEEPEST_DEVICE int64_t index() {
  return (int64_t)blockIndex() * GPT2_BLOCK + threadIndex();
}
STEEPEST_DEVICE int64_t indexCount() {
  return (int64_t)gridSize() * GPT2_BLOCK;
}

/// Over the lanes of the warp; the same bits in each.
STEEPEST_DEVICE float sumOfLanes(float value) {
  STEEPEST_UNROLL
  for (int mask = 16; mask > 0; mask /= 2)
    value += shuffleXor(value, mask);
  return value;
}
STEEPEST_DEVICE float largestOfLanes(float value) {
  STEEPEST_UNROLL
  for (int mask = 16; mask > 0; mask /= 2) {
    float other = shuffleXor(value, mask);
    value = other > value ? other : value;
  }
  return value;
}

} // namespace

#endif // GPT2_GPU_WARPS_H
