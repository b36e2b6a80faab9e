//===- SpectralTests.cpp - the singular value decompositions --------------===//

#include "lib/Reference/Certificate.h"
#include "lib/Reference/Spectral.h"
#include <gtest/gtest.h>

using namespace steepest::reference;

static Matrix random(int64_t rows, int64_t cols) {
  // Eigen's generator is the C library's; a fixed seed keeps runs equal.
  std::srand(unsigned(rows * 1000 + cols));
  return Matrix::Random(rows, cols);
}

/// left diag(values) right^T for random orthonormal factors.
static Matrix withSingularValues(int64_t rows, int64_t cols,
                                 const std::vector<double> &values) {
  Matrix diagonal = Matrix::Zero(rows, cols);
  for (size_t i = 0; i < values.size(); ++i)
    diagonal(i, i) = values[i];
  return msign(random(rows, rows)) * diagonal * msign(random(cols, cols));
}

TEST(Decompose, ReconstructsEveryShape) {
  // 200 goes through divide and conquer.
  for (auto [rows, cols] : {std::pair<int, int>{1, 1},
                            {1, 7},
                            {7, 1},
                            {8, 4},
                            {4, 8},
                            {33, 33},
                            {260, 200},
                            {200, 260}}) {
    Matrix x = random(rows, cols);
    Decomposition svd = decompose(x);
    EXPECT_LT((svd.apply([](double s) { return s; }) - x).norm(),
              1e-12 * x.norm());
    EXPECT_LT(orthogonalityError(svd.left), 1e-12);
    EXPECT_LT(orthogonalityError(svd.right), 1e-12);
    for (int64_t i = 1; i < svd.values.size(); ++i)
      EXPECT_GE(svd.values[i - 1], svd.values[i]);
  }
}

TEST(Decompose, GradedSpectrum) {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i)
    values.push_back(std::pow(10.0, -i / 20.0));
  Vector found = singularValues(withSingularValues(220, 200, values));
  for (int i = 0; i < 200; ++i)
    EXPECT_NEAR(found[i], values[i], 1e-14);
}

TEST(Decompose, EmptyZeroAndNotFinite) {
  EXPECT_EQ(decompose(Matrix(0, 3)).values.size(), 0);
  EXPECT_EQ(msign(Matrix(0, 3)).rows(), 0);
  EXPECT_EQ(msign(Matrix::Zero(3, 2)).norm(), 0);
  EXPECT_EQ(leading(Matrix::Zero(3, 2)).norm(), 0);
  EXPECT_EQ(nuclearNorm(Matrix::Zero(3, 2)), 0);
  EXPECT_EQ(spectralNorm(Matrix(2, 0)), 0);
  Matrix broken = random(3, 2);
  broken(1, 1) = INFINITY;
  EXPECT_TRUE(std::isnan(msign(broken)(0, 0)));
  EXPECT_TRUE(std::isnan(nuclearNorm(broken)));
}

TEST(Msign, IsOrthonormalAtEveryScale) {
  Matrix x = random(12, 5);
  Matrix phi = msign(x);
  EXPECT_LT(orthogonalityError(phi), 1e-13);
  EXPECT_NEAR(innerProduct(x, phi), nuclearNorm(x), 1e-12);
  for (double scale : {1e-300, 1e-30, 1e30, 1e300})
    EXPECT_LT((msign(x * scale) - phi).norm(), 1e-12) << scale;
}

TEST(Msign, IsAPartialIsometry) {
  Matrix x = withSingularValues(9, 6, {3, 2, 1});
  Matrix phi = msign(x);
  // Phi Phi^T Phi = Phi, of rank 3.
  EXPECT_LT((phi * phi.transpose() * phi - phi).norm(), 1e-12);
  EXPECT_NEAR(phi.squaredNorm(), 3, 1e-12);
  EXPECT_NEAR(innerProduct(x, phi), 6, 1e-12);
}

TEST(SpectralPower, RaisesSingularValues) {
  Matrix x = withSingularValues(5, 7, {4, 1, 0.25});
  Vector values = singularValues(spectralPower(x, 0.5));
  EXPECT_NEAR(values[0], 2, 1e-13);
  EXPECT_NEAR(values[1], 1, 1e-13);
  EXPECT_NEAR(values[2], 0.5, 1e-13);
  EXPECT_NEAR(values[3], 0, 1e-13);
  EXPECT_LT((spectralPower(x, 1) - x).norm(), 1e-13);
}

TEST(Leading, DividesByTheMultiplicity) {
  Matrix x = withSingularValues(6, 4, {2, 2, 1});
  Matrix phi = leading(x);
  EXPECT_NEAR(innerProduct(x, phi), 2, 1e-12);
  EXPECT_NEAR(nuclearNorm(phi), 1, 1e-12);
  EXPECT_NEAR(spectralNorm(phi), 0.5, 1e-12);
}

TEST(Symmetric, RowsAreEigenvectors) {
  Matrix a = random(20, 20);
  a = (a + a.transpose()).eval();
  SymmetricDecomposition eigh = decomposeSymmetric(a);
  ASSERT_TRUE(eigh.converged);
  Matrix back =
      eigh.vectors.transpose() * eigh.values.asDiagonal() * eigh.vectors;
  EXPECT_LT((back - a).norm(), 1e-12);
  EXPECT_LT(orthogonalityError(eigh.vectors), 1e-12);
  for (int i = 1; i < 20; ++i)
    EXPECT_LE(eigh.values[i - 1], eigh.values[i]);
  // The other triangle does not matter.
  Matrix lower = a.triangularView<Eigen::Lower>();
  EXPECT_EQ((decomposeSymmetric(lower).values - eigh.values).norm(), 0);
  a(3, 1) = NAN;
  EXPECT_FALSE(decomposeSymmetric(a).converged);
}

TEST(Certificate, OrthogonalityAndTangency) {
  Matrix w = msign(random(8, 3));
  EXPECT_LT(orthogonalityError(w), 1e-13);
  EXPECT_NEAR(orthogonalityError(2 * w), 3 * std::sqrt(3.0), 1e-12);
  EXPECT_LT(orthogonalityError(w.transpose()), 1e-13);
  Matrix g = random(8, 4).leftCols(3);
  Matrix mixed = w.transpose() * g;
  Matrix tangent = g - w * (mixed + mixed.transpose()) / 2;
  EXPECT_LT(stiefelTangency(w, tangent), 1e-13);
  EXPECT_LT(stiefelTangency(w.transpose(), tangent.transpose()), 1e-13);
  EXPECT_GT(stiefelTangency(w, g), 0.1);
}
