//===- Timer.h - interleaved timings ----------------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_NATIVE_TIMER_H
#define STEEPEST_BENCHMARKS_NATIVE_TIMER_H

#include <functional>
#include <vector>

namespace steepest::benchmark {

/// What is measured.
enum class Clock {
  /// The time on the wall.
  Wall,
  /// The processor time of this thread, which leaves out those who share the
  /// processor.
  Thread,
};

/// The median time of one call of each candidate, in seconds. Every candidate
/// runs in every round, so that all see the same neighbours and the same
/// frequency.
std::vector<double>
measure(const std::vector<std::function<void()>> &candidates, int rounds,
        double secondsPerRound, Clock clock);

/// Multiply-adds of registers alone, and how many flops one call is (two each):
/// what a core does at most. Measured beside a product it gives the fraction of
/// the peak, whatever the frequency is meanwhile.
struct Peak {
  void (*spin)();
  double flops;
};
Peak getPeak(unsigned vectorBits, bool isDouble);

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_NATIVE_TIMER_H
