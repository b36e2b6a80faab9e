//===- Spectral.h - spectral functions of matrices by SVD -------*- C++ -*-===//
//
// The meaning of the spectral operations: singular value decompositions in
// float64, with the convention that singular values below rounding are zero
// and stay zero, so that the polar factor is a partial isometry. Completing
// the null space, as U V^T does, would break the closed forms built on it.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_SPECTRAL_H
#define STEEPEST_LIB_REFERENCE_SPECTRAL_H

#include "llvm/ADT/ArrayRef.h"
#include <Eigen/Core>
#include <functional>

namespace steepest::reference {

using Matrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

/// X = left diag(values) right^T, values descending, min(rows, cols) of them.
/// All of it is NaN when X is not finite.
struct Decomposition {
  Matrix left;
  Vector values;
  Matrix right;

  /// Below this a singular value is rounding: 4 eps max(rows, cols) s_max, or
  /// `rounding` s_max when the matrix was rounded more than to float64.
  double threshold(double rounding = 0) const;
  /// left diag(function(values)) right^T.
  Matrix apply(const std::function<double(double)> &function) const;
};

Decomposition decompose(const Matrix &x);
Vector singularValues(const Matrix &x);

/// U V^T over the singular values above the threshold.
Matrix msign(const Matrix &x);
/// U diag(s^p) V^T over the singular values above the threshold.
Matrix spectralPower(const Matrix &x, double power, double rounding = 0);
/// U1 V1^T / k over the k singular values that equal the largest to 1e-10.
Matrix leading(const Matrix &x);

/// A = vectors^T diag(values) vectors, values ascending; reads the lower
/// triangle. Not converged when A is not finite.
struct SymmetricDecomposition {
  Vector values;
  Matrix vectors;
  bool converged;
};
SymmetricDecomposition decomposeSymmetric(const Matrix &a);

/// constant I + sum_j weights_j (A + poles_j I)^-1; reads the lower triangle.
/// Not defined unless every A + poles_j I is positive definite.
struct Rational {
  Matrix result;
  bool isDefined;
};
Rational evaluateRational(const Matrix &a, double constant,
                          llvm::ArrayRef<double> weights,
                          llvm::ArrayRef<double> poles);

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_SPECTRAL_H
