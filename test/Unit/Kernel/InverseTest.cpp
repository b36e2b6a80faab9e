//===- InverseTest.cpp - rational functions of symmetric matrices ---------===//
//
// Against Eigen in float64. The tolerance is what a Cholesky factorization in
// the type at hand may lose: a multiple of its epsilon times the condition.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Kernel/CompiledModule.h"
#include "test/Unit/Kernel/RationalText.h"

#include "gtest/gtest.h"
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <cmath>
#include <cstring>
#include <limits>

using namespace steepest::test;

namespace {

const Terms inverse = {0, {1}, {0}};
const Terms twoTerms = {-0.5, {1.5, 0.25}, {0.25, 2}};
const Terms fourTerms = {0.75, {1, 2, 0.5, -0.25}, {0.125, 0.5, 1, 4}};

struct Machine {
  const char *name, *cpu;
};

const Machine machines[] = {
    {"baseline", "x86-64"}, {"haswell", "haswell"}, {"native", "native"}};

template <typename T> class Rational {
public:
  Rational(const Terms &terms, const std::string &cpu)
      : terms(terms), module(getRationalText(terms, isDouble, cpu), cpu,
                             {"rational__kernel", "bytes"}) {}

  /// 0 when the result is defined, 3 when not. Writes inside its scratch only.
  int32_t run(Matrix<T> &a, Matrix<T> &y, int64_t threads) {
    auto getBytes = reinterpret_cast<int64_t (*)(const int64_t *, int64_t)>(
        module.lookup("bytes"));
    int64_t extents[] = {a.rows, a.cols};
    int64_t bytes = getBytes(extents, threads);
    int32_t status =
        module.run("rational__kernel", {a.view(), y.view()}, {}, threads);
    EXPECT_TRUE(module.keptWithin(bytes)) << "scratch of " << bytes;
    EXPECT_TRUE(y.isIntact());
    return status;
  }

  const Terms &terms;

private:
  static constexpr bool isDouble = sizeof(T) == 8;

  CompiledModule module;
};

using Eigen::MatrixXd;

MatrixXd evaluate(const Terms &terms, const MatrixXd &a) {
  MatrixXd identity = MatrixXd::Identity(a.rows(), a.rows());
  MatrixXd result = terms.constant * identity;
  for (size_t j = 0; j < terms.poles.size(); ++j)
    result +=
        terms.weights[j] *
        Eigen::LLT<MatrixXd>(a + terms.poles[j] * identity).solve(identity);
  return result;
}

/// Symmetric, with eigenvalues decaying from 1 to 1 / condition.
MatrixXd getDecaying(int64_t order, double condition) {
  std::srand(order);
  Eigen::HouseholderQR<MatrixXd> qr(MatrixXd::Random(order, order));
  MatrixXd q = qr.householderQ();
  Eigen::VectorXd values(order);
  for (int64_t i = 0; i < order; ++i)
    values[i] = std::pow(condition, order > 1 ? -double(i) / (order - 1) : 0);
  return q * values.asDiagonal() * q.transpose();
}

/// The lower triangle of `a`; what is above it must not matter.
template <typename T> Matrix<T> store(const MatrixXd &a, int64_t gap) {
  Matrix<T> stored(a.rows(), a.rows(), gap);
  stored.fill([&](int64_t i, int64_t j) {
    return j <= i ? T(a(i, j)) : std::numeric_limits<T>::quiet_NaN();
  });
  return stored;
}

template <typename T> MatrixXd load(const Matrix<T> &stored) {
  MatrixXd a(stored.rows, stored.cols);
  for (int64_t i = 0; i < stored.rows; ++i)
    for (int64_t j = 0; j < stored.cols; ++j)
      a(i, j) = stored(i, j);
  return a;
}

class InverseTest : public testing::TestWithParam<Machine> {
protected:
  void SetUp() override {
    if (!isRunnable(GetParam().cpu))
      GTEST_SKIP() << "this processor cannot run code for " << GetParam().name;
  }

  template <typename T> void checkOrders(const Terms &terms) {
    Rational<T> rational(terms, GetParam().cpu);
    ASSERT_FALSE(HasFailure());
    for (int64_t order : {0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 65,
                          95, 100, 129, 300})
      check(rational, order);
  }

private:
  template <typename T> void check(Rational<T> &rational, int64_t order) {
    SCOPED_TRACE(testing::Message() << "order " << order);
    MatrixXd exact = getDecaying(order, 10);
    Matrix<T> a = store<T>(exact, order % 3), y(order, order, order % 2);
    ASSERT_EQ(rational.run(a, y, 1), 0);
    MatrixXd expected = evaluate(rational.terms, exact);
    MatrixXd found = load(y);
    double tolerance = 10 * 10 * double(std::numeric_limits<T>::epsilon());
    EXPECT_LE((found - expected).norm(), tolerance * expected.norm());
    EXPECT_TRUE(found == found.transpose());
    for (int64_t threads : {2, 3}) {
      Matrix<T> again(order, order, order % 2);
      ASSERT_EQ(rational.run(a, again, threads), 0);
      EXPECT_TRUE(load(again) == found) << threads << " threads";
    }
  }
};

TEST_P(InverseTest, Float32) { checkOrders<float>(inverse); }
TEST_P(InverseTest, Float64) { checkOrders<double>(inverse); }
TEST_P(InverseTest, TwoTerms) { checkOrders<double>(twoTerms); }
TEST_P(InverseTest, FourTerms) { checkOrders<float>(fourTerms); }

INSTANTIATE_TEST_SUITE_P(Machines, InverseTest, testing::ValuesIn(machines),
                         [](const testing::TestParamInfo<Machine> &info) {
                           return std::string(info.param.name);
                         });

/// As accurate as factoring and inverting in the same type.
TEST(Inverse, LosesNoMoreThanCholesky) {
  Rational<float> rational(inverse, "native");
  ASSERT_FALSE(HasFailure());
  for (int64_t order : {100, 300, 500}) {
    MatrixXd exact = getDecaying(order, 1e4);
    Matrix<float> a = store<float>(exact, 0), y(order, order);
    Eigen::MatrixXf rounded = exact.cast<float>();
    MatrixXd expected = evaluate(inverse, rounded.cast<double>());
    MatrixXd cholesky = Eigen::LLT<Eigen::MatrixXf>(rounded)
                            .solve(Eigen::MatrixXf::Identity(order, order))
                            .cast<double>();
    ASSERT_EQ(rational.run(a, y, 1), 0);
    double theirs = (cholesky - expected).norm() / expected.norm();
    double ours = (load(y) - expected).norm() / expected.norm();
    EXPECT_LE(ours, 3 * theirs) << order;
    EXPECT_LE(ours, 1e4 * std::numeric_limits<float>::epsilon()) << order;
  }
}

/// Runs a rational function of a matrix with one element changed.
template <typename T> class NotDefined : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(HasFailure()); }

  int32_t run(const MatrixXd &exact, int64_t i, int64_t j, double value) {
    Matrix<T> a = store<T>(exact, 0), y(exact.rows(), exact.rows());
    a(i, j) = T(value);
    return rational.run(a, y, threads);
  }

  // The first pole is 0.25.
  Rational<T> rational{twoTerms, "native"};
  int64_t threads = 1;
};

using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(NotDefined, Reals);

/// One elimination; one split into leaves, even and not; several levels. From
/// 256 on workers share the products of one factor.
const int64_t failingOrders[] = {1, 2, 16, 31, 32, 33, 64, 70, 129, 257, 300};

/// On the diagonal, and where a row of the last block meets the first: each
/// block is reached by elements that are not finite, and by pivots that are not
/// positive.
TYPED_TEST(NotDefined, ElementsThatAreNotFinite) {
  double infinity = std::numeric_limits<double>::infinity();
  for (int64_t order : failingOrders) {
    MatrixXd exact = getDecaying(order, 10);
    for (int64_t threads : {1, 2}) {
      this->threads = threads;
      EXPECT_EQ(this->run(exact, 0, 0, exact(0, 0)), 0) << order;
      int64_t middle = order / 2, last = order - 1;
      for (double value : {double(NAN), infinity, -infinity})
        for (int64_t i : {int64_t(0), middle, last}) {
          EXPECT_EQ(this->run(exact, i, i, value), 3) << order << " at " << i;
          EXPECT_EQ(this->run(exact, last, i, value), 3)
              << order << " at " << last << ", " << i;
          EXPECT_EQ(this->run(exact, middle, i / 2, value), 3)
              << order << " at " << middle << ", " << i / 2;
        }
    }
  }
}

TYPED_TEST(NotDefined, PivotsThatAreNotPositive) {
  for (int64_t order : failingOrders) {
    MatrixXd exact = getDecaying(order, 10);
    for (int64_t threads : {1, 2}) {
      this->threads = threads;
      for (int64_t i : {int64_t(0), order / 2, order - 1}) {
        EXPECT_EQ(this->run(exact, i, i, -0.26), 3) << order << " at " << i;
        // Of the first pole, not of the element.
        if (order == 1)
          EXPECT_EQ(this->run(exact, i, i, -0.24), 0);
      }
    }
  }
}

/// A direction in which the matrix is negative by more than the pole, while all
/// of its diagonal is positive.
TYPED_TEST(NotDefined, IndefiniteMatrices) {
  for (int64_t order : failingOrders) {
    if (order < 8)
      continue; // the diagonal would be negative, too
    MatrixXd exact = getDecaying(order, 10);
    Eigen::VectorXd direction = Eigen::VectorXd::Random(order).normalized();
    MatrixXd slightly = exact - (direction.dot(exact * direction) + 0.3) *
                                    direction * direction.transpose();
    Eigen::SelfAdjointEigenSolver<MatrixXd> solver(slightly);
    double lowest = solver.eigenvalues()(0);
    ASSERT_LT(lowest, -0.26);
    for (int64_t threads : {1, 2}) {
      this->threads = threads;
      EXPECT_EQ(this->run(slightly, 0, 0, slightly(0, 0)), 3) << order;
      // With as much added to it that it is definite by 0.1 of the pole.
      MatrixXd definite =
          slightly + MatrixXd::Identity(order, order) * (-lowest - 0.9 * 0.25);
      EXPECT_EQ(this->run(definite, 0, 0, definite(0, 0)), 0) << order;
    }
  }
}

} // namespace
