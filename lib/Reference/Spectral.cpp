//===- Spectral.cpp - spectral functions of matrices by SVD ---------------===//

#include "lib/Reference/Spectral.h"
#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <limits>

using namespace steepest::reference;

static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

double Decomposition::threshold(double rounding) const {
  if (values.size() == 0)
    return 0;
  double own = 4 * std::numeric_limits<double>::epsilon() *
               double(std::max(left.rows(), right.rows()));
  return std::max(own, rounding) * values[0];
}

Matrix
Decomposition::apply(const std::function<double(double)> &function) const {
  return left * values.unaryExpr(function).asDiagonal() * right.transpose();
}

/// Runs one of Eigen's algorithms on X, scaled by a power of two so that no
/// square overflows or vanishes.
template <typename Algorithm>
static Decomposition decomposeBy(const Matrix &x, double scale) {
  Algorithm svd(x / scale, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.matrixU(), svd.singularValues() * scale, svd.matrixV()};
}

Decomposition steepest::reference::decompose(const Matrix &x) {
  int64_t size = std::min(x.rows(), x.cols());
  if (!x.allFinite())
    return {Matrix::Constant(x.rows(), size, notANumber),
            Vector::Constant(size, notANumber),
            Matrix::Constant(x.cols(), size, notANumber)};
  double largest = size == 0 ? 0 : x.cwiseAbs().maxCoeff();
  if (largest == 0)
    return {Matrix::Zero(x.rows(), size), Vector::Zero(size),
            Matrix::Zero(x.cols(), size)};
  int exponent;
  std::frexp(largest, &exponent);
  // Below 2^-1022 the scale itself would be subnormal.
  double scale = std::ldexp(1.0, std::max(exponent, -1021));
  // One-sided Jacobi is the more accurate of the two and the slower.
  using Dense = Eigen::MatrixXd;
  if (size <= 128)
    return decomposeBy<Eigen::JacobiSVD<Dense>>(x, scale);
  return decomposeBy<Eigen::BDCSVD<Dense>>(x, scale);
}

Vector steepest::reference::singularValues(const Matrix &x) {
  return decompose(x).values;
}

Matrix steepest::reference::msign(const Matrix &x) {
  return spectralPower(x, 0);
}

Matrix steepest::reference::spectralPower(const Matrix &x, double power,
                                          double rounding) {
  Decomposition svd = decompose(x);
  double threshold = svd.threshold(rounding);
  return svd.apply(
      [&](double s) { return s <= threshold ? 0 : std::pow(s, power); });
}

Matrix steepest::reference::leading(const Matrix &x) {
  Decomposition svd = decompose(x);
  if (svd.values.size() == 0 || svd.values[0] == 0)
    return Matrix::Zero(x.rows(), x.cols());
  double lowest = svd.values[0] * (1 - 1e-10);
  double multiplicity = (svd.values.array() >= lowest).count();
  return svd.apply([&](double s) { return s < lowest ? 0 : 1 / multiplicity; });
}

Rational steepest::reference::evaluateRational(const Matrix &a, double constant,
                                               llvm::ArrayRef<double> weights,
                                               llvm::ArrayRef<double> poles) {
  int64_t size = a.rows();
  Matrix lower = a.triangularView<Eigen::Lower>();
  Matrix identity = Matrix::Identity(size, size);
  Matrix result = constant * identity;
  for (auto [weight, pole] : llvm::zip(weights, poles)) {
    Eigen::LLT<Eigen::MatrixXd> factor(lower + pole * identity);
    if (!lower.allFinite() || factor.info() != Eigen::Success)
      return {Matrix::Constant(size, size, notANumber), false};
    result += weight * factor.solve(identity);
  }
  return {result, lower.allFinite()};
}

SymmetricDecomposition
steepest::reference::decomposeSymmetric(const Matrix &a) {
  int64_t size = a.rows();
  if (size == 0)
    return {Vector(0), Matrix(0, 0), true};
  Eigen::MatrixXd lower = a.triangularView<Eigen::Lower>();
  if (lower.allFinite()) {
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(lower);
    if (solver.info() == Eigen::Success)
      return {solver.eigenvalues(), solver.eigenvectors().transpose(), true};
  }
  return {Vector::Constant(size, notANumber),
          Matrix::Constant(size, size, notANumber), false};
}
