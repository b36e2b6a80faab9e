//===- StreamTests.cpp - warm starts along a trajectory -------------------===//
//
// Momentum of noisy gradients, a step, a retraction: the solver starts from the
// correction of the step before.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Solver/Solve.h"
#include <gtest/gtest.h>

using namespace steepest::solver;

namespace {
struct Statistics {
  double mean = 0;
  int worst = 0;
};
} // namespace

static Statistics runStream(int64_t n, int64_t m, double tolerance,
                            bool isWarm) {
  constexpr int steps = 12;
  constexpr double rate = 0.02;
  auto normal = [&](uint64_t seed) {
    return makeProblem(n, m, Kind::Gauss, seed).g;
  };
  Matrix signal = normal(1);
  Matrix momentum = 0.3 * signal + normal(2);
  Matrix w = makeProblem(n, m, Kind::Gauss, 3).w;
  Statistics statistics;
  Options options;
  options.tolerance = tolerance;
  for (int step = 0; step < steps; ++step) {
    momentum = 0.95 * momentum + 0.05 * (0.3 * signal + normal(10 + step));
    Problem problem = {w, roundToFloat(momentum)};
    Solution solution = solve(problem, options);
    expectTrue(problem, solution);
    EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
    if (isWarm)
      options.start = solution.next;
    // The first step is cold in any case.
    if (step > 0) {
      statistics.mean += double(solution.iterations) / (steps - 1);
      statistics.worst = std::max(statistics.worst, solution.iterations);
    }
    Matrix moved = w - rate * solution.phi;
    Matrix gram = moved.transpose() * moved;
    w = roundToFloat(moved * (1.5 * Matrix::Identity(m, m) - 0.5 * gram));
  }
  return statistics;
}

TEST(Stream, WarmStartsAreCheap) {
  for (int64_t n : {18, 24, 32, 64}) {
    SCOPED_TRACE(n);
    Statistics coarse = runStream(n, 16, 1e-2, true);
    EXPECT_LE(coarse.mean, n < 24 ? 2 : 1.5);
    EXPECT_LE(coarse.worst, 3);
    Statistics fine = runStream(n, 16, 1e-3, true);
    EXPECT_LE(fine.mean, 8);
    EXPECT_LE(fine.worst, 11);
    EXPECT_LT(fine.mean, runStream(n, 16, 1e-3, false).mean);
  }
}

TEST(Stream, SquareNeedsOneIteration) {
  EXPECT_EQ(runStream(16, 16, 1e-4, true).worst, 1);
}
