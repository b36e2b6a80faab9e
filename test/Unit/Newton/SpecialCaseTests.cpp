//===- SpecialCaseTests.cpp - gradients and starts with an edge -----------===//

#include "test/Unit/Newton/Solve.h"
#include <gtest/gtest.h>

using namespace steepest;
using namespace steepest::newton;
using solver::Problem;

static const std::pair<const char *, const char *> pairs[] = {
    {"#steepest.spectral", "#steepest.oblique_columns"},
    {"#steepest.spectral", "#steepest.sphere"},
    {"#steepest.schatten<4.0>", "#steepest.stiefel"},
    {"#steepest.nuclear", "#steepest.stiefel"},
    {"#steepest.columns", "#steepest.stiefel"},
    {"#steepest.linf", "#steepest.stiefel"},
    {"#steepest.lp<3.0>", "#steepest.oblique_rows"},
};

template <typename Body> static void forEachPair(Body body) {
  for (auto [norm, manifold] : pairs) {
    SCOPED_TRACE(testing::Message() << norm << " on " << manifold);
    body(findNorm(norm), findManifold(manifold));
  }
}

TEST(SmoothedNewton, LeavesZeroAndNormalGradientsAlone) {
  forEachPair([](const Norm &norm, const Manifold &manifold) {
    Problem problem = makeProblem(manifold, 24, 16, Kind::Gauss, 1);
    problem.g -= manifold.project(problem.w, problem.g);
    problem.g = solver::roundToFloat(problem.g);
    Solution normal = solve(norm.name, manifold.name, problem);
    EXPECT_EQ(normal.outcome, STEEPEST_NORMAL);
    EXPECT_TRUE(normal.phi.isZero(0));
    EXPECT_LE(normal.bound, 1e-5 * norm.dual(problem.g));
    problem.g.setZero();
    Solution zero = solve(norm.name, manifold.name, problem);
    EXPECT_EQ(zero.outcome, STEEPEST_ZERO);
    EXPECT_TRUE(zero.phi.isZero(0));
    EXPECT_EQ(zero.bound, 0);
  });
}

TEST(SmoothedNewton, DoesNotDependOnPowersOfTwo) {
  forEachPair([](const Norm &norm, const Manifold &manifold) {
    Problem problem = makeProblem(manifold, 20, 13, Kind::Decay, 2);
    Solution one = solve(norm.name, manifold.name, problem);
    problem.g *= std::ldexp(1.0, 60);
    Solution other = solve(norm.name, manifold.name, problem);
    EXPECT_EQ((one.phi - other.phi).cwiseAbs().maxCoeff(), 0);
    EXPECT_EQ(std::ldexp(one.bound, 60), other.bound);
  });
}

TEST(SmoothedNewton, TakesWideMatricesAsTallOnes) {
  for (const char *norm : {"#steepest.spectral", "#steepest.schatten<3.0>",
                           "#steepest.schatten<1.5>", "#steepest.nuclear"}) {
    SCOPED_TRACE(norm);
    const Manifold &columns = findManifold("#steepest.oblique_columns");
    const Manifold &rows = findManifold("#steepest.oblique_rows");
    Problem problem = makeProblem(columns, 21, 12, Kind::Gauss, 3);
    Solution tall = solve(norm, columns.name, problem);
    problem = {problem.w.transpose(), problem.g.transpose()};
    for (bool isStatic : {false, true}) {
      Options options;
      options.isStatic = isStatic;
      Solution wide = solve(norm, rows.name, problem, options);
      expectTrue(findNorm(norm), rows, problem, wide);
      EXPECT_EQ(wide.iterations, tall.iterations);
      EXPECT_LE((wide.phi - tall.phi.transpose()).cwiseAbs().maxCoeff(), 1e-4);
    }
  }
}

TEST(SmoothedNewton, StartsFromAnEarlierNormal) {
  forEachPair([](const Norm &norm, const Manifold &manifold) {
    Problem problem = makeProblem(manifold, 32, 16, Kind::Gauss, 4);
    Solution cold = solve(norm.name, manifold.name, problem);
    Options options;
    options.from = cold.normal;
    problem.g *= 1.5;
    Solution warm = solve(norm.name, manifold.name, problem, options);
    expectTrue(norm, manifold, problem, warm);
    EXPECT_EQ(warm.outcome, STEEPEST_CONVERGED);
    EXPECT_LE(warm.iterations, cold.iterations);
    // What is not normal, or not a number, must not matter.
    options.from = 1e3 * problem.w + cold.normal;
    Solution odd = solve(norm.name, manifold.name, problem, options);
    expectTrue(norm, manifold, problem, odd);
    EXPECT_EQ(odd.outcome, STEEPEST_CONVERGED);
    options.from = cold.normal / 0.0;
    Solution lost = solve(norm.name, manifold.name, problem, options);
    expectTrue(norm, manifold, problem, lost);
    EXPECT_EQ(lost.outcome, STEEPEST_CONVERGED);
  });
}

TEST(SmoothedNewton, SolvesDegenerateGradients) {
  forEachPair([](const Norm &norm, const Manifold &manifold) {
    for (auto [n, m] : {std::pair{1, 1}, {5, 1}, {5, 5}, {13, 8}})
      for (int kind = 0; kind < 5; ++kind) {
        if (n == 1 && manifold.name != "#steepest.stiefel")
          continue;
        SCOPED_TRACE(testing::Message() << n << " x " << m << " kind " << kind);
        Problem problem = makeProblem(manifold, n, m, Kind::Gauss, 10 + kind);
        Matrix &g = problem.g;
        if (kind == 1) // one entry
          g = Matrix::Zero(n, m), g(n / 2, 0) = 3;
        if (kind == 2) // all equal
          g.setOnes();
        if (kind == 3) // one row of another size
          g.row(0) *= 1e-6;
        if (kind == 4) // nearly normal
          g = problem.w + 1e-3 * g;
        g = solver::roundToFloat(g);
        Solution solution = solve(norm.name, manifold.name, problem);
        expectTrue(norm, manifold, problem, solution);
        if (solution.outcome != STEEPEST_NORMAL) {
          EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
          EXPECT_LE(solution.gap(), 1.05e-3);
        }
      }
  });
}
