//===- Cases.cpp - problems for the primal-dual solver --------------------===//

#include "test/Unit/Solver/Cases.h"
#include "lib/Reference/Certificate.h"
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <random>

using namespace steepest::solver;

const char *steepest::solver::nameOf(Kind kind) {
  switch (kind) {
  case Kind::Gauss:
    return "gauss";
  case Kind::Decay:
    return "decay";
  case Kind::LowRank:
    return "lowrank";
  case Kind::ExactLow:
    return "exactlow";
  case Kind::Aligned:
    return "aligned";
  case Kind::Zero:
    return "zero";
  }
  return "";
}

Matrix steepest::solver::roundToFloat(const Matrix &x) {
  return x.cast<float>().cast<double>();
}

Matrix steepest::solver::sym(const Matrix &x) {
  return 0.5 * (x + x.transpose());
}

Matrix steepest::solver::skew(const Matrix &x) {
  return 0.5 * (x - x.transpose());
}

namespace {
class Generator {
public:
  explicit Generator(uint64_t seed) : engine(seed) {}
  Matrix normal(int64_t rows, int64_t cols) {
    Matrix result(rows, cols);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j)
        result(i, j) = distribution(engine);
    return result;
  }
  Matrix orthonormal(int64_t rows, int64_t cols) {
    Eigen::HouseholderQR<Matrix> qr(normal(rows, cols));
    return qr.householderQ() * Matrix::Identity(rows, cols);
  }

private:
  std::mt19937_64 engine;
  std::normal_distribution<double> distribution;
};
} // namespace

Problem steepest::solver::makeProblem(int64_t n, int64_t m, Kind kind,
                                      uint64_t seed, double scale) {
  Generator generator(seed);
  Matrix w = generator.orthonormal(n, m), g = Matrix::Zero(n, m);
  int64_t rank = std::max<int64_t>(1, m / 16);
  switch (kind) {
  case Kind::Gauss:
    g = generator.normal(n, m);
    break;
  case Kind::Decay: {
    Matrix u = generator.orthonormal(n, m), v = generator.orthonormal(m, m);
    Vector values(m);
    for (int64_t i = 0; i < m; ++i)
      values(i) = std::pow(1e-4, m == 1 ? 0 : double(i) / double(m - 1));
    g = u * values.asDiagonal() * v.transpose();
    break;
  }
  case Kind::LowRank:
  case Kind::ExactLow: {
    Matrix left = generator.normal(n, rank), right = generator.normal(rank, m);
    g = left * right;
    if (kind == Kind::LowRank)
      g = g / reference::spectralNorm(g) +
          1e-3 * generator.normal(n, m) / std::sqrt(double(n));
    break;
  }
  case Kind::Aligned:
    g = w * sym(generator.normal(m, m));
    break;
  case Kind::Zero:
    break;
  }
  if (kind != Kind::Zero)
    g *= scale * std::sqrt(double(m)) / g.norm();
  return {roundToFloat(w), roundToFloat(g)};
}
