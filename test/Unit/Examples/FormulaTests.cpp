//===- FormulaTests.cpp - specs against the papers' formulas --------------===//
//
// The rules with second-order states once more, written from their formulas and
// not from what the compiler makes of the specs: roots by Eigen's solver for
// symmetric matrices, polar factors by its singular value decomposition.
//
//===----------------------------------------------------------------------===//

#include "runtime/steepest.h"
#include "test/Unit/Examples/Spec.h"
#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <gtest/gtest.h>

using namespace steepest;
using namespace steepest::examples;

/// A^p over the eigenvalues that are not rounding: gradients have no part in
/// the others.
static Matrix power(const Matrix &a, double p) {
  Eigen::SelfAdjointEigenSolver<Matrix> solver(a);
  Vector values = solver.eigenvalues();
  double least = 1e-11 * values.maxCoeff();
  for (double &value : values)
    value = value > least ? std::pow(value, p) : 0;
  return solver.eigenvectors() * values.asDiagonal() *
         solver.eigenvectors().transpose();
}

static Matrix polarFactor(const Matrix &x) {
  Eigen::JacobiSVD<Matrix> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.matrixU() * svd.matrixV().transpose();
}

/// A spec and a formula, side by side over several steps from one start.
static void compare(
    llvm::StringRef name, int steps, llvm::function_ref<void(Spec &)> configure,
    llvm::function_ref<Matrix(const Matrix &w, const Matrix &g, bool isFirst)>
        formula) {
  for (auto [rows, cols] : {std::pair(5, 4), std::pair(4, 5), std::pair(4, 4),
                            std::pair(1, 3), std::pair(1, 1)}) {
    SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(cols));
    std::mt19937_64 generator(rows * 10 + cols);
    Matrix w = gaussian(generator, rows, cols);
    Spec spec(name, w);
    configure(spec);
    for (int i = 0; i < steps; ++i) {
      Matrix g = gaussian(generator, rows, cols);
      ASSERT_EQ(spec.step(g), STEEPEST_OK);
      Matrix expected = formula(w, g, i == 0);
      double change = (expected - w).norm();
      EXPECT_GT(change, 1e-3) << "step " << i;
      EXPECT_LE((spec.parameter() - expected).norm(), 1e-8 * change)
          << "step " << i;
      w = expected;
    }
  }
}

/// Sums of G G^T and G^T G.
struct Factors {
  Matrix l, r;

  void restart(const Matrix &g) {
    l = Matrix::Zero(g.rows(), g.rows());
    r = Matrix::Zero(g.cols(), g.cols());
  }
  void add(const Matrix &g) {
    l += g * g.transpose();
    r += g.transpose() * g;
  }
};

TEST(ExampleFormulas, Shampoo) {
  Factors factors;
  compare(
      "shampoo", 6, [](Spec &spec) { spec.setHyper("lr", 0.1); },
      [&](const Matrix &w, const Matrix &g, bool isFirst) -> Matrix {
        if (isFirst)
          factors.restart(g);
        factors.add(g);
        return w - 0.1 * power(factors.l, -0.25) * g * power(factors.r, -0.25);
      });
}

TEST(ExampleFormulas, OneSidedShampoo) {
  Factors factors;
  Matrix m;
  compare(
      "one_sided_shampoo", 6,
      [](Spec &spec) {
        spec.setHyper("lr", 0.1);
        spec.setHyper("beta", 0.75);
        spec.setHyper("decay", 0.5);
      },
      [&](const Matrix &w, const Matrix &g, bool isFirst) -> Matrix {
        if (isFirst) {
          factors.restart(g);
          m = 0 * g;
        }
        factors.add(g);
        m = 0.75 * m + 0.25 * g;
        return (1 - 0.05) * w - 0.1 * power(factors.l, -0.5) * m;
      });
}

TEST(ExampleFormulas, Caspr) {
  Factors factors;
  compare(
      "caspr", 6, [](Spec &spec) { spec.setHyper("lr", 0.1); },
      [&](const Matrix &w, const Matrix &g, bool isFirst) -> Matrix {
        if (isFirst)
          factors.restart(g);
        factors.add(g);
        Matrix both = power(factors.l, -0.25) * g * power(factors.r, -0.25);
        return w - 0.1 / 4 *
                       (power(factors.l, -0.5) * g + 2 * both +
                        g * power(factors.r, -0.5));
      });
}

/// Adam on Q_L^T G Q_R with the second moment kept there, turned back; the
/// bases follow the factors after every `period` steps. The signs of
/// eigenvectors do not matter: they enter twice.
TEST(ExampleFormulas, Soap) {
  const double lr = 0.1, beta1 = 0.75, beta2 = 0.875, factorBeta = 0.5,
               epsilon = 1e-3, decay = 0.25;
  const int period = 3;
  Matrix m, v, l, r, ql, qr;
  int t = 0;
  auto bases = [](const Matrix &a) -> Matrix {
    return Eigen::SelfAdjointEigenSolver<Matrix>(a).eigenvectors();
  };
  compare(
      "soap", 12,
      [&](Spec &spec) {
        for (auto [name, value] :
             {std::pair("lr", lr), std::pair("beta1", beta1),
              std::pair("beta2", beta2), std::pair("factor_beta", factorBeta),
              std::pair("epsilon", epsilon), std::pair("decay", decay),
              std::pair("period", double(period))})
          spec.setHyper(name, value);
      },
      [&](const Matrix &w, const Matrix &g, bool isFirst) -> Matrix {
        if (isFirst) {
          t = 0;
          m = v = 0 * g;
          l = Matrix::Zero(g.rows(), g.rows());
          r = Matrix::Zero(g.cols(), g.cols());
          ql = Matrix::Identity(g.rows(), g.rows());
          qr = Matrix::Identity(g.cols(), g.cols());
        }
        ++t;
        m = beta1 * m + (1 - beta1) * g;
        Matrix turned = ql.transpose() * g * qr;
        v = beta2 * v + (1 - beta2) * turned.cwiseAbs2();
        Matrix step =
            (ql.transpose() * m * qr).array() / (v.array().sqrt() + epsilon);
        double rate =
            lr * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
        Matrix next =
            (1 - lr * decay) * w - rate * (ql * step * qr.transpose());
        l = factorBeta * l + (1 - factorBeta) * g * g.transpose();
        r = factorBeta * r + (1 - factorBeta) * g.transpose() * g;
        if (t % period == 0) {
          ql = bases(l);
          qr = bases(r);
        }
        return next;
      });
}

TEST(ExampleFormulas, NorMuon) {
  const double lr = 0.1, beta = 0.75, beta2 = 0.5, epsilon = 1e-8;
  Matrix m;
  Vector v;
  compare(
      "normuon", 6,
      [&](Spec &spec) {
        spec.setHyper("lr", lr);
        spec.setHyper("beta", beta);
        spec.setHyper("beta2", beta2);
      },
      [&](const Matrix &w, const Matrix &g, bool isFirst) -> Matrix {
        if (isFirst) {
          m = 0 * g;
          v = Vector::Zero(g.rows());
        }
        m = beta * m + (1 - beta) * g;
        // Jordan's five steps of Newton-Schulz.
        Matrix o = m / m.norm();
        for (int i = 0; i < 5; ++i) {
          Matrix a = o * o.transpose();
          o = 3.4445 * o + (-4.7750 * a + 2.0315 * a * a) * o;
        }
        v = beta2 * v + (1 - beta2) * o.cwiseAbs2().rowwise().mean();
        Vector sizes = v.cwiseSqrt().array() + epsilon;
        Matrix even = sizes.cwiseInverse().asDiagonal() * o;
        return w - lr * 0.2 * std::sqrt(double(g.size())) / even.norm() * even;
      });
}

/// With L = G G^T and R = G^T G, L^(-1/4) G R^(-1/4) = U S^(-1/2) S S^(-1/2)
/// V^T. Neither the exponent -1/2 (which makes it U S^-1 V^T) nor the factors
/// may be off for that.
TEST(ExampleIdentities, ShampooOfOneGradientIsMsign) {
  for (auto [rows, cols] : {std::pair(6, 4), std::pair(4, 6), std::pair(5, 5)})
    for (double scale : {1e-30, 1e-3, 1.0, 1e30}) {
      SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(cols) + " by " +
                   std::to_string(scale));
      std::mt19937_64 generator(rows * 10 + cols);
      Matrix w = gaussian(generator, rows, cols);
      Matrix g = scale * gaussian(generator, rows, cols);
      Spec spec("shampoo", w);
      spec.setHyper("lr", 1);
      ASSERT_EQ(spec.step(g), STEEPEST_OK);
      EXPECT_LE((w - spec.parameter() - polarFactor(g)).norm(), 1e-9);
    }
}

/// A rank-deficient gradient has a partial isometry for its polar factor.
TEST(ExampleIdentities, ShampooOfALowRankGradientIsItsPartialIsometry) {
  std::mt19937_64 generator(1);
  Matrix left = gaussian(generator, 6, 2), right = gaussian(generator, 5, 2);
  Matrix g = left * right.transpose();
  Eigen::JacobiSVD<Matrix> svd(g, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Matrix expected =
      svd.matrixU().leftCols(2) * svd.matrixV().leftCols(2).transpose();
  Spec spec("shampoo", 0 * g);
  spec.setHyper("lr", 1);
  ASSERT_EQ(spec.step(g), STEEPEST_OK);
  EXPECT_LE((spec.parameter() + expected).norm(), 1e-9);
}

/// A factor that cannot be decomposed stops the step.
TEST(ExampleIdentities, ShampooOfAnOverflowingFactorDoesNothing) {
  std::mt19937_64 generator(1);
  Matrix w = gaussian(generator, 4, 3);
  Spec spec("shampoo", w);
  EXPECT_EQ(spec.step(1e200 * gaussian(generator, 4, 3)),
            STEEPEST_NO_CONVERGENCE);
  EXPECT_EQ(spec.parameter(), w);
}

/// Power iteration finds the singular value that decays; with an average that
/// never takes a gradient in, nothing else moves the parameter.
TEST(ExampleIdentities, SpectralDecayShortensTheLargestSingularValue) {
  std::mt19937_64 generator(1);
  Matrix w = gaussian(generator, 5, 4), g = gaussian(generator, 5, 4);
  Spec spec("spectral_decay", w);
  spec.setHyper("lr", 1);
  spec.setHyper("beta", 1);
  spec.setHyper("decay", 0);
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(spec.step(g), STEEPEST_OK);
  EXPECT_EQ(spec.parameter(), w);
  spec.setHyper("decay", 0.25);
  ASSERT_EQ(spec.step(g), STEEPEST_OK);
  Eigen::JacobiSVD<Matrix> svd(w, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Matrix expected = w - 0.25 * svd.singularValues()[0] * svd.matrixU().col(0) *
                            svd.matrixV().col(0).transpose();
  EXPECT_LE((spec.parameter() - expected).norm(), 1e-9);
}

/// A parameter of zeros leaves the iteration where it can go on from.
TEST(ExampleIdentities, SpectralDecayKeepsItsVectorAtZero) {
  std::mt19937_64 generator(1);
  Spec spec("spectral_decay", Matrix::Zero(5, 4));
  ASSERT_EQ(spec.step(gaussian(generator, 5, 4)), STEEPEST_OK);
  EXPECT_EQ(spec.get("v").matrix(), Matrix::Ones(4, 1));
  EXPECT_GT(spec.parameter().norm(), 1e-3);
}
