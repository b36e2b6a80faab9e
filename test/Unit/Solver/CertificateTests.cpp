//===- CertificateTests.cpp - what is promised at every exit --------------===//

#include "test/Unit/Solver/Solve.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest::solver;

TEST(Certificate, IsTrueWhateverTheBudget) {
  for (Kind kind : {Kind::Gauss, Kind::Decay}) {
    Problem problem = makeProblem(24, 16, kind, 100);
    double lastGap = 1;
    for (int64_t budget = 0; budget <= 4; ++budget) {
      SCOPED_TRACE(testing::Message() << nameOf(kind) << " budget " << budget);
      Options options;
      options.tolerance = 1e-4;
      options.budget = budget;
      Solution solution = solve(problem, options);
      expectTrue(problem, solution);
      bool reached = solution.gap() <= options.tolerance;
      EXPECT_EQ(solution.outcome,
                reached ? STEEPEST_CONVERGED : STEEPEST_BUDGET);
      EXPECT_EQ(solution.iterations, budget);
      EXPECT_LE(solution.gap(), lastGap + 1e-6);
      lastGap = solution.gap();
    }
    EXPECT_LT(lastGap, 0.05);
  }
}

TEST(Certificate, SaysWhenTheArithmeticEnds) {
  Problem problem = makeProblem(24, 16, Kind::Decay, 100);
  Options options;
  options.tolerance = 1e-11;
  Solution solution = solve(problem, options);
  expectTrue(problem, solution);
  EXPECT_EQ(solution.outcome, STEEPEST_STALLED);
  EXPECT_LE(solution.gap(), 1e-4);
}

TEST(Certificate, IsTrueWhenAFactorisationFails) {
  // Wherever that happens, and whatever it leaves behind.
  Problem problem = makeProblem(24, 16, Kind::LowRank, 100);
  for (Options options; options.failing < 7; ++options.failing) {
    SCOPED_TRACE(options.failing);
    Solution solution = solve(problem, options);
    expectTrue(problem, solution);
    EXPECT_LE(solution.iterations, 20);
  }
}

TEST(Certificate, BoundHoldsForTheOptimum) {
  // The bound of a coarse solve is no lower than the value of a fine one.
  for (Kind kind : iteratedKinds) {
    SCOPED_TRACE(nameOf(kind));
    Problem problem = makeProblem(32, 16, kind, 101);
    Options coarse, fine;
    coarse.tolerance = 3e-2;
    fine.tolerance = 1e-5;
    EXPECT_GE(solve(problem, coarse).bound, solve(problem, fine).value);
  }
}

TEST(Certificate, PowersOfTwoChangeNoBit) {
  Problem problem = makeProblem(24, 16, Kind::LowRank, 102);
  Solution expected = solve(problem);
  Solution again = solve(problem);
  EXPECT_EQ(expected.phi, again.phi);
  for (int power : {-200, -3, 1, 90}) {
    SCOPED_TRACE(power);
    double scale = std::ldexp(1.0, power);
    Solution scaled = solve({problem.w, scale * problem.g});
    EXPECT_EQ(scaled.phi, expected.phi);
    EXPECT_EQ(scaled.value, scale * expected.value);
    EXPECT_EQ(scaled.bound, scale * expected.bound);
    EXPECT_EQ(scaled.correction, scale * expected.correction);
    EXPECT_EQ(scaled.iterations, expected.iterations);
  }
}

TEST(Certificate, ReportsTheDriftOfW) {
  Problem problem = makeProblem(32, 16, Kind::Gauss, 103);
  problem.w *= 1 + 1e-4;
  Options options;
  Solution solution = solve(problem, options);
  expectTrue(problem, solution);
  // ||W^T W - I||_F = 2e-4 sqrt(m)
  EXPECT_GE(solution.gap(), 7e-4);
  EXPECT_LE(solution.gap(), 3e-3);
}

TEST(Certificate, HoldsForDoublePrecisionData) {
  Problem problem = makeProblem(32, 16, Kind::Decay, 104);
  // Orthonormal to float64.
  Matrix gram = problem.w.transpose() * problem.w;
  problem.w = problem.w * (1.5 * Matrix::Identity(16, 16) - 0.5 * gram);
  Options options;
  options.tolerance = 1e-6;
  options.epsilon = std::numeric_limits<double>::epsilon();
  Solution solution = solve(problem, options);
  expectTrue(problem, solution);
  EXPECT_LE(solution.gap(), 1.05e-6);
  EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
}
