//===- Pairs.cpp - norms and manifolds in plain Eigen ---------------------===//

#include "test/Unit/Newton/Pairs.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace steepest;
using namespace steepest::newton;
using solver::Problem;

static constexpr double infinity = std::numeric_limits<double>::infinity();

double Norm::measure(const Matrix &x, double exponent) const {
  Vector s;
  switch (of) {
  case Of::Singular:
    s = reference::singularValues(x);
    break;
  case Of::Entries:
    s = x.reshaped().cwiseAbs();
    break;
  case Of::Columns:
    s = x.colwise().norm();
    break;
  case Of::Rows:
    s = x.rowwise().norm();
    break;
  }
  double largest = s.size() ? s.maxCoeff() : 0;
  if (std::isinf(exponent) || largest == 0)
    return largest;
  return largest *
         std::pow((s / largest).array().pow(exponent).sum(), 1 / exponent);
}

double Norm::dual(const Matrix &x) const {
  return measure(x, std::isinf(p) ? 1 : p == 1 ? infinity : p / (p - 1));
}

static Matrix projectColumns(const Matrix &w, const Matrix &x) {
  Vector factors = w.cwiseProduct(x).colwise().sum().cwiseQuotient(
      w.colwise().squaredNorm());
  return x - w * factors.asDiagonal();
}

static Matrix projectStiefel(const Matrix &w, const Matrix &x) {
  if (w.rows() < w.cols())
    return projectStiefel(w.transpose(), x.transpose()).transpose();
  return x - w * solver::sym(w.transpose() * x);
}

static Matrix projectGrassmann(const Matrix &w, const Matrix &x) {
  if (w.rows() < w.cols())
    return projectGrassmann(w.transpose(), x.transpose()).transpose();
  return x - w * (w.transpose() * x);
}

/// Off the one condition <v, Phi> = 0.
static Matrix projectOff(const Matrix &v, const Matrix &x) {
  return x - v * (v.cwiseProduct(x).sum() / v.squaredNorm());
}

/// u1 v1^T, the gradient of the spectral norm.
static Matrix leadingPair(const Matrix &w) { return reference::leading(w); }

using Of = Norm::Of;
static const Norm norms[] = {
    {"#steepest.spectral", Of::Singular, infinity},
    {"#steepest.nuclear", Of::Singular, 1},
    {"#steepest.schatten<1.1>", Of::Singular, 1.1},
    {"#steepest.schatten<1.5>", Of::Singular, 1.5},
    {"#steepest.schatten<3.0>", Of::Singular, 3},
    {"#steepest.schatten<4.0>", Of::Singular, 4},
    {"#steepest.schatten<16.0>", Of::Singular, 16},
    {"#steepest.schatten<64.0>", Of::Singular, 64},
    {"#steepest.columns", Of::Columns, infinity},
    {"#steepest.rows", Of::Rows, infinity},
    {"#steepest.linf", Of::Entries, infinity},
    {"#steepest.l1", Of::Entries, 1},
    {"#steepest.lp<1.5>", Of::Entries, 1.5},
    {"#steepest.lp<3.0>", Of::Entries, 3},
    {"#steepest.lp<8.0>", Of::Entries, 8},
};

static Matrix orthonormal(const Matrix &w, const Matrix &) { return w; }

static const Manifold manifolds[] = {
    {"#steepest.stiefel", orthonormal, projectStiefel},
    {"#steepest.sphere",
     [](const Matrix &, const Matrix &x) -> Matrix { return x / x.norm(); },
     projectOff},
    {"#steepest.norm_sphere<norm = #steepest.spectral>",
     [](const Matrix &, const Matrix &x) -> Matrix {
       return x / reference::singularValues(x)(0);
     },
     [](const Matrix &w, const Matrix &x) {
       return projectOff(leadingPair(w), x);
     }},
    {"#steepest.oblique_columns",
     [](const Matrix &, const Matrix &x) -> Matrix {
       return x.colwise().normalized();
     },
     projectColumns},
    {"#steepest.oblique_rows",
     [](const Matrix &, const Matrix &x) -> Matrix {
       return x.rowwise().normalized();
     },
     [](const Matrix &w, const Matrix &x) -> Matrix {
       return projectColumns(w.transpose(), x.transpose()).transpose();
     }},
    {"#steepest.grassmann", orthonormal, projectGrassmann,
     /*isTallOnly=*/false, /*isRectangular=*/true},
    {"#steepest.gram_diagonal", orthonormal,
     [](const Matrix &w, const Matrix &x) -> Matrix {
       Matrix s = solver::sym(w.transpose() * x);
       s.diagonal().setZero();
       return x - w * s;
     },
     /*isTallOnly=*/true},
    {"#steepest.zero_row_sums",
     [](const Matrix &, const Matrix &x) -> Matrix {
       return x.colwise() - x.rowwise().mean();
     },
     [](const Matrix &, const Matrix &x) -> Matrix {
       return x.colwise() - x.rowwise().mean();
     }},
};

template <typename Table>
static const auto &find(const Table &table, const std::string &name) {
  for (const auto &entry : table)
    if (entry.name == name)
      return entry;
  ADD_FAILURE() << "nothing is known of " << name;
  return table[0];
}

const Norm &newton::findNorm(const std::string &name) {
  return find(norms, name);
}

const Manifold &newton::findManifold(const std::string &name) {
  return find(manifolds, name);
}

Problem newton::makeProblem(const Manifold &manifold, int64_t n, int64_t m,
                            Kind kind, uint64_t seed, double scale) {
  Problem problem =
      solver::makeProblem(std::max(n, m), std::min(n, m), kind, seed, scale);
  if (n < m)
    problem = {problem.w.transpose(), problem.g.transpose()};
  std::mt19937_64 generator(seed + 7);
  std::normal_distribution<double> normal;
  Matrix gaussian =
      Matrix::NullaryExpr(n, m, [&] { return normal(generator); });
  problem.w = solver::roundToFloat(manifold.place(problem.w, gaussian));
  return problem;
}
