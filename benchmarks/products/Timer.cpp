//===- Timer.cpp - interleaved timings ------------------------------------===//

#include "benchmarks/products/Timer.h"

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

} // namespace steepest::benchmark
