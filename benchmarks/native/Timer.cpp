//===- Timer.cpp - interleaved timings ------------------------------------===//

#include "benchmarks/native/Timer.h"

#include <time.h>

#include <algorithm>

namespace steepest::benchmark {

static double now(Clock clock) {
  timespec time;
  clock_gettime(
      clock == Clock::Wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static double getMedian(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<double>
measure(const std::vector<std::function<void()>> &candidates, int rounds,
        double secondsPerRound, Clock clock) {
  std::vector<int> repetitions;
  for (const auto &candidate : candidates) {
    candidate();
    double start = now(clock);
    candidate();
    double seconds = std::max(now(clock) - start, 1e-9);
    repetitions.push_back(std::max(1, int(secondsPerRound / seconds)));
  }
  std::vector<std::vector<double>> seconds(candidates.size());
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < candidates.size(); ++i) {
      double start = now(clock);
      for (int repetition = 0; repetition < repetitions[i]; ++repetition)
        candidates[i]();
      seconds[i].push_back((now(clock) - start) / repetitions[i]);
    }
  std::vector<double> medians;
  for (const auto &values : seconds)
    medians.push_back(getMedian(values));
  return medians;
}

//===----------------------------------------------------------------------===//
// The peak
//===----------------------------------------------------------------------===//

// Twelve independent sums hide the latency of one.
#define FOR_EACH_SUM(DO)                                                       \
  DO("2")                                                                      \
  DO("3")                                                                      \
  DO("4")                                                                      \
  DO("5") DO("6") DO("7") DO("8") DO("9") DO("10") DO("11") DO("12") DO("13")
#define SUM_512(N) "vfmadd231ps %%zmm0, %%zmm1, %%zmm" N "\n"
#define SUM_256(N) "vfmadd231ps %%ymm0, %%ymm1, %%ymm" N "\n"
#define SUM_128(N) "addps %%xmm0, %%xmm" N "\n"
#define REPEAT(DO)                                                             \
  for (long step = 0; step < steps; ++step)                                    \
  asm volatile(FOR_EACH_SUM(DO)::                                              \
                   : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",   \
                     "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",        \
                     "xmm13")

static constexpr long sums = 12, steps = 1 << 16;

static void spin512() { REPEAT(SUM_512); }
static void spin256() { REPEAT(SUM_256); }
/// Without fused multiply-adds the sums are what limits.
static void spin128() { REPEAT(SUM_128); }

Peak getPeak(unsigned vectorBits, bool isDouble) {
  double flops = 2.0 * sums * steps * vectorBits / (isDouble ? 64 : 32);
  switch (vectorBits) {
  case 512:
    return {spin512, flops};
  case 256:
    return {spin256, flops};
  default:
    return {spin128, flops};
  }
}

} // namespace steepest::benchmark
