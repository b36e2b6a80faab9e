//===- IterationTests.cpp - how many iterations a gap takes ---------------===//
//
// The iteration counts that the method is known to need, by aspect ratio and
// tolerance; each solve is also checked against float64.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Solver/Solve.h"
#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace steepest::solver;

namespace {
struct Level {
  double tolerance, median;
  int worst;
};
struct Counts {
  double median;
  int worst;
};
struct Shape {
  int64_t n, m;
  int seeds;
};
class Iterations : public testing::TestWithParam<Shape> {};
} // namespace

static constexpr Level levels[] = {
    {1e-2, 6.5, 10}, {1e-3, 12, 18}, {1e-4, 20, 27}};

static Counts countIterations(Shape shape, double tolerance) {
  static constexpr double scales[] = {1, 1e-20, 1e20};
  std::vector<int> counts;
  for (Kind kind : iteratedKinds)
    for (int seed = 0; seed < shape.seeds; ++seed) {
      SCOPED_TRACE(testing::Message()
                   << nameOf(kind) << " " << shape.n << " x " << shape.m
                   << " seed " << 100 + seed << " tolerance " << tolerance);
      Problem problem =
          makeProblem(shape.n, shape.m, kind, 100 + seed, scales[seed % 3]);
      Options options;
      options.tolerance = tolerance;
      Solution solution = solve(problem, options);
      expectTrue(problem, solution);
      EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
      EXPECT_LE(solution.gap(), 1.05 * tolerance);
      counts.push_back(solution.iterations);
    }
  std::sort(counts.begin(), counts.end());
  size_t half = counts.size() / 2;
  double median = counts.size() % 2 ? counts[half]
                                    : 0.5 * (counts[half - 1] + counts[half]);
  return {median, counts.back()};
}

TEST_P(Iterations, StayInTheirBounds) {
  Shape shape = GetParam();
  testing::Message row;
  for (Level level : levels) {
    Counts counts = countIterations(shape, level.tolerance);
    EXPECT_LE(counts.median, level.median) << level.tolerance;
    EXPECT_LE(counts.worst, level.worst) << level.tolerance;
    row << "  " << counts.median << "/" << counts.worst;
  }
  // For the reader of a log: median and worst at 1e-2, 1e-3, 1e-4.
  printf("%d x %d:%s\n", int(shape.n), int(shape.m), row.GetString().c_str());
}

static std::string nameShape(const testing::TestParamInfo<Shape> &info) {
  return std::to_string(info.param.n) + "x" + std::to_string(info.param.m);
}

// Aspect ratios 1, 1.1, 1.25, 1.5, 2, 3, 4, 8.
INSTANTIATE_TEST_SUITE_P(Small, Iterations,
                         testing::Values(Shape{16, 16, 3}, Shape{18, 16, 3},
                                         Shape{20, 16, 3}, Shape{24, 16, 3},
                                         Shape{32, 16, 3}, Shape{48, 16, 3},
                                         Shape{64, 16, 3}, Shape{128, 16, 3}),
                         nameShape);

// An odd 2m - n leaves Z singular at the optimum.
INSTANTIATE_TEST_SUITE_P(Odd, Iterations,
                         testing::Values(Shape{17, 16, 3}, Shape{21, 16, 3},
                                         Shape{25, 17, 3}, Shape{37, 33, 1}),
                         nameShape);

INSTANTIATE_TEST_SUITE_P(Large, Iterations,
                         testing::Values(Shape{97, 64, 1}, Shape{256, 64, 1}),
                         nameShape);
