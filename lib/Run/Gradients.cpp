//===- Gradients.cpp - kinds of random gradients --------------------------===//

#include "lib/Run/Gradients.h"
#include <Eigen/QR>
#include <cmath>

using namespace llvm;
using namespace steepest;
using namespace steepest::run;
using reference::Matrix;

static const std::pair<StringRef, GradientKind> kinds[] = {
    {"gaussian", GradientKind::Gaussian},
    {"decay", GradientKind::Decay},
    {"low-rank", GradientKind::LowRank},
    {"exactly-low-rank", GradientKind::ExactlyLowRank},
    {"aligned", GradientKind::Aligned},
    {"zero", GradientKind::Zero}};

StringRef run::printGradientKind(GradientKind kind) {
  return kinds[int(kind)].first;
}

Expected<GradientKind> run::parseGradientKind(StringRef name) {
  std::string known;
  for (auto [kindName, kind] : kinds) {
    if (kindName == name)
      return kind;
    known += (known.empty() ? "" : ", ") + kindName.str();
  }
  return createStringError("expects a kind of gradient, one of " + known +
                           ", got '" + name + "'");
}

static Matrix drawNormal(std::mt19937_64 &generator, int64_t rows,
                         int64_t cols) {
  std::normal_distribution<double> normal;
  return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
}

/// Random orthonormal columns.
static Matrix drawOrthonormal(std::mt19937_64 &generator, int64_t rows,
                              int64_t cols) {
  Eigen::HouseholderQR<Matrix> qr(drawNormal(generator, rows, cols));
  return qr.householderQ() * Matrix::Identity(rows, cols);
}

/// A tall gradient before it is scaled.
static Matrix draw(GradientKind kind, const Matrix &w,
                   std::mt19937_64 &generator) {
  int64_t n = w.rows(), m = w.cols();
  switch (kind) {
  case GradientKind::Gaussian:
    return drawNormal(generator, n, m);
  case GradientKind::Decay: {
    Matrix left = drawOrthonormal(generator, n, m);
    Matrix right = drawOrthonormal(generator, m, m);
    for (int64_t j = 1; j < m; ++j)
      left.col(j) *= std::pow(1e-4, double(j) / double(m - 1));
    return left * right.transpose();
  }
  case GradientKind::LowRank:
  case GradientKind::ExactlyLowRank: {
    int64_t rank = std::max<int64_t>(1, m / 16);
    Matrix left = drawNormal(generator, n, rank);
    Matrix right = drawNormal(generator, rank, m);
    Matrix product = left * right;
    if (kind == GradientKind::ExactlyLowRank)
      return product;
    // ||N(n, r) N(r, m)||_2 is about sqrt(n m).
    return product / std::sqrt(double(n * m)) +
           1e-3 * drawNormal(generator, n, m) / std::sqrt(double(n));
  }
  case GradientKind::Aligned: {
    Matrix s = drawNormal(generator, m, m);
    return w * (s + s.transpose()) / 2;
  }
  case GradientKind::Zero:
    break;
  }
  return Matrix::Zero(n, m);
}

void run::fillGradient(HostTensor &gradient, const HostTensor &point,
                       GradientKind kind, std::mt19937_64 &generator,
                       double scale) {
  if (gradient.count() == 0)
    return;
  Matrix w = point.toValue().matrix();
  bool isTall = w.rows() >= w.cols();
  Matrix g = isTall ? draw(kind, w, generator)
                    : Matrix(draw(kind, w.transpose(), generator).transpose());
  double length = g.norm();
  if (kind != GradientKind::Gaussian && length > 0)
    g *= std::sqrt(double(std::min(w.rows(), w.cols()))) / length;
  for (int64_t i = 0; i < gradient.count(); ++i)
    gradient.set(i, scale * g(i / g.cols(), i % g.cols()));
}
