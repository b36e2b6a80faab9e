//===- Timer.h - interleaved timings ----------------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H
#define STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H

#include <functional>
#include <vector>

namespace steepest::benchmark {

/// The median processor time of one call of each candidate, in seconds. Every
/// candidate runs in every round, so that all see the same neighbours.
std::vector<double>
measure(const std::vector<std::function<void()>> &candidates, int rounds,
        double secondsPerRound);

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H
