//===- Timer.h - interleaved timings ----------------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H
#define STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H

#include <functional>
#include <vector>

namespace steepest::benchmark {

/// What is measured: the time on the wall, or the processor time of this
/// thread, which leaves out those who share the processor.
enum class Clock { Wall, Thread };

/// The median time of one call of each candidate, in seconds. Every candidate
/// runs in every round, so that all see the same neighbours.
std::vector<double>
measure(const std::vector<std::function<void()>> &candidates, int rounds,
        double secondsPerRound, Clock clock);

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_PRODUCTS_TIMER_H
