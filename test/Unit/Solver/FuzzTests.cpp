//===- FuzzTests.cpp - shapes and gradients of every sort -----------------===//
//
// Degenerate gradients in shapes that nobody picks. Nothing is asked but what
// holds always: the tolerance is met and the certificate is true.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Solver/Solve.h"
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

using namespace steepest::solver;

/// Number of gradients that `makeGradient` knows.
static constexpr int numGradients = 11;

static Matrix makeGradient(int which, const Matrix &w,
                           std::mt19937_64 &engine) {
  int64_t n = w.rows(), m = w.cols();
  uint64_t seed = engine();
  Matrix normal = makeProblem(n, m, Kind::Gauss, seed).g;
  std::uniform_real_distribution<double> uniform;
  switch (which) {
  case 0: // nothing but W's columns
    return w * skew(w.transpose() * normal);
  case 1: // nothing of them
    return normal - w * (w.transpose() * normal);
  case 2: // sparse
    return normal.unaryExpr(
        [&](double x) { return uniform(engine) < 0.05 ? x : 0.0; });
  case 3: { // one entry
    Matrix g = Matrix::Zero(n, m);
    g(engine() % n, engine() % m) = 1;
    return g;
  }
  case 4: // heavy tails
    return normal.unaryExpr([&](double) {
      return std::tan(3.14159265358979 * (uniform(engine) - 0.5));
    });
  case 5: // all singular values alike
    return makeProblem(n, m, Kind::Gauss, seed).w;
  case 6: { // two levels
    Matrix g = normal;
    g.rightCols(m / 2) *= 1e-3;
    return g;
  }
  case 7: // the part outside of W's columns nearly missing
    return w * skew(w.transpose() * normal) +
           1e-3 * (normal - w * (w.transpose() * normal));
  case 8: // mostly normal to the manifold
    return 10 * w * sym(w.transpose() * normal) + normal;
  case 9:
    return Matrix::Ones(n, m);
  default: { // W with its rows in another order
    Matrix g(n, m);
    for (int64_t i = 0; i < n; ++i)
      g.row(i) = w.row((i + 1) % n);
    return g;
  }
  }
}

TEST(Fuzz, EveryGradientInEveryShape) {
  static constexpr int64_t sizes[] = {1, 2, 3, 5, 8, 13, 24};
  int cases = 10 * numGradients;
  if (const char *wanted = std::getenv("STEEPEST_FUZZ_CASES"))
    cases = std::atoi(wanted);
  int worst = 0;
  for (int i = 0; i < cases; ++i) {
    std::mt19937_64 engine(i);
    int64_t m = sizes[engine() % std::size(sizes)];
    int64_t n = m + engine() % (4 * m + 1);
    double tolerance = i % 2 ? 1e-2 : 1e-3;
    double scale = std::pow(10.0, double(engine() % 31) - 15);
    int which = i % numGradients;
    SCOPED_TRACE(testing::Message() << "case " << i << ", gradient " << which
                                    << ", " << n << " x " << m);
    Problem problem = {makeProblem(n, m, Kind::Zero, engine()).w, {}};
    problem.g = roundToFloat(scale * makeGradient(which, problem.w, engine));
    Options options;
    options.tolerance = tolerance;
    Solution solution = solve(problem, options);
    if (problem.g.isZero(0)) {
      EXPECT_EQ(solution.outcome, STEEPEST_ZERO);
      continue;
    }
    if (solution.outcome == STEEPEST_NORMAL) {
      EXPECT_TRUE(solution.phi.isZero(0));
      continue;
    }
    expectTrue(problem, solution);
    EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED)
        << "gap " << solution.gap() << " in " << solution.iterations;
    worst = std::max(worst, solution.iterations);
  }
  EXPECT_LE(worst, 18);
}
