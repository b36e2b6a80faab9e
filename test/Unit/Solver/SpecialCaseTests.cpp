//===- SpecialCaseTests.cpp - closed forms, starts and degenerate problems ===//

#include "lib/Reference/Certificate.h"
#include "test/Unit/Solver/Solve.h"
#include <Eigen/SVD>
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;
using namespace steepest::solver;

TEST(SpecialCase, AlignedGradientIsNormal) {
  for (double scale : {1.0, 1e-20, 1e20}) {
    Problem problem = makeProblem(24, 16, Kind::Aligned, 100, scale);
    Solution solution = solve(problem);
    EXPECT_EQ(solution.outcome, STEEPEST_NORMAL);
    EXPECT_EQ(solution.phi, Matrix::Zero(24, 16));
    EXPECT_EQ(solution.value, 0);
    EXPECT_EQ(solution.iterations, 0);
    // Rounding noise, but a true bound.
    EXPECT_GT(solution.bound, 0);
    EXPECT_LE(solution.bound, 1e-3 * problem.g.norm());
  }
}

TEST(SpecialCase, ZeroGradientIsZero) {
  Solution solution = solve(makeProblem(24, 16, Kind::Zero, 100));
  EXPECT_EQ(solution.outcome, STEEPEST_ZERO);
  EXPECT_EQ(solution.phi, Matrix::Zero(24, 16));
  EXPECT_EQ(solution.value, 0);
  EXPECT_EQ(solution.bound, 0);
  EXPECT_EQ(solution.correction, Matrix::Zero(16, 16));
}

TEST(SpecialCase, SquareIsTheClosedForm) {
  for (int64_t m : {1, 2, 5, 16}) {
    SCOPED_TRACE(m);
    Problem problem = makeProblem(m, m, Kind::Gauss, 100);
    Options options;
    options.tolerance = 1e-4;
    options.start = Matrix::Identity(m, m);
    Solution solution = solve(problem, options);
    Matrix expected =
        problem.w * reference::msign(skew(problem.w.transpose() * problem.g));
    EXPECT_LE((solution.phi - expected).cwiseAbs().maxCoeff(), 1e-5);
    EXPECT_LE(solution.iterations, 1);
    EXPECT_EQ(solution.outcome, m == 1 ? STEEPEST_NORMAL : STEEPEST_CONVERGED);
  }
}

TEST(SpecialCase, OneColumnIsTheProjectedGradient) {
  for (int64_t n : {2, 3, 40}) {
    SCOPED_TRACE(n);
    Problem problem = makeProblem(n, 1, Kind::Gauss, 100);
    Options options;
    options.tolerance = 1e-4;
    Solution solution = solve(problem, options);
    expectTrue(problem, solution);
    EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
    Matrix r = problem.g - problem.w * (problem.w.transpose() * problem.g) /
                               problem.w.squaredNorm();
    EXPECT_NEAR(solution.value, r.norm(), 1e-4 * r.norm());
  }
}

TEST(SpecialCase, TangentGradientOfOneBlock) {
  Problem problem = makeProblem(24, 16, Kind::Gauss, 105);
  Matrix b = problem.w.transpose() * problem.g;
  // Within the columns of W, and orthogonal to them.
  Matrix gradients[] = {problem.w * skew(b), problem.g - problem.w * b};
  for (const Matrix &g : gradients) {
    Problem part = {problem.w, roundToFloat(g)};
    Solution solution = solve(part);
    expectTrue(part, solution);
    EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
    EXPECT_LE(solution.gap(), 1.05e-3);
  }
}

TEST(SpecialCase, KnownOptimum) {
  // kexue.fm 11221; optimum 90.04811873, singular values of the dual solution
  // from 57 to 0.2.
  Matrix w(8, 4), g(8, 4);
  w << .69453734, -.26590866, -.44721806, .2753041, -.11738148, -.5588003,
      -.17580748, .3218624, -.4515288, -.23489913, -.26683152, -.25739142,
      .02392521, .02664689, .48423648, .6193399, .45194831, -.25206333,
      .27654836, -.60242337, .21197332, -.09174792, .24521762, -.08484317,
      -.15496767, -.26446804, -.34942415, -.01877318, -.16181251, -.6474956,
      .45243263, -.01776086;
  g << -17.85745, -10.758921, -2.9583392, 6.245008, -28.883093, 19.772121,
      8.086545, -21.564013, -1.6274693, -14.96859, 3.4465332, 3.1070817,
      -7.8890743, 1.5304767, -8.949573, 9.579629, 2.246596, 14.46572, 12.8451,
      -2.7370298, -.9496974, 6.9879804, 2.849277, 1.1148484, -8.115278,
      -18.054405, -.19287404, 7.0389237, -15.062008, -15.02901, 2.9083247,
      21.706533;
  // As printed W is orthonormal to 6e-7 only, which leaves a gap of 1.05e-5.
  Eigen::JacobiSVD<Eigen::MatrixXd> svd(w, Eigen::ComputeThinU |
                                               Eigen::ComputeThinV);
  w = svd.matrixU() * svd.matrixV().transpose();
  Problem problem = {w, g};
  double optimum = 90.04811873;
  for (double tolerance : {1e-2, 1e-3, 1e-4, 1e-5}) {
    SCOPED_TRACE(tolerance);
    Options options;
    options.tolerance = tolerance;
    Solution solution = solve(problem, options);
    expectTrue(problem, solution);
    EXPECT_EQ(solution.outcome, STEEPEST_CONVERGED);
    // The optimum is of W as printed.
    EXPECT_LE(solution.value, optimum * (1 + 2e-6));
    EXPECT_GE(solution.bound, optimum * (1 - 2e-6));
    EXPECT_LE(solution.gap(), 1.05 * tolerance);
  }
}

TEST(SpecialCase, WarmStartSavesIterations) {
  Problem problem = makeProblem(24, 16, Kind::Gauss, 106);
  Solution cold = solve(problem);
  // The gradient of the next step: nearly the same.
  problem.g =
      roundToFloat(problem.g + 0.02 * makeProblem(24, 16, Kind::Gauss, 107).g);
  Options options;
  options.start = cold.correction;
  Solution warm = solve(problem, options);
  expectTrue(problem, warm);
  EXPECT_LT(warm.iterations, solve(problem).iterations);

  // A start that is no number counts as none.
  options.start = Matrix::Constant(16, 16, NAN);
  Solution recovered = solve(problem, options);
  expectTrue(problem, recovered);
  EXPECT_EQ(recovered.outcome, STEEPEST_CONVERGED);
}

TEST(SpecialCase, StaticShapesAreCastAtTheBorder) {
  Problem problem = makeProblem(24, 16, Kind::Gauss, 108);
  Options options;
  options.isStatic = true;
  EXPECT_EQ(solve(problem, options).phi, solve(problem).phi);
}
