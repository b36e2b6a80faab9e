//===- NewtonSchulzTests.cpp - whole solvers in one kernel ----------------===//
//
// On the CPU model of an SM, against the same iteration in double.
//
//===----------------------------------------------------------------------===//

#include "Products/Problem.h"
#include "Solvers.h"
#include <gtest/gtest.h>

using namespace sm_test;
using sm_model::Timing;

using Dense = std::vector<std::vector<double>>;

static Dense multiply(const Dense &a, const Dense &b, bool transposeB) {
  size_t n = transposeB ? b.size() : b[0].size();
  Dense c(a.size(), std::vector<double>(n));
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < n; ++j)
      for (size_t k = 0; k < a[i].size(); ++k)
        c[i][j] += a[i][k] * (transposeB ? b[j][k] : b[k][j]);
  return c;
}

static Dense transpose(const Dense &a) {
  Dense b(a[0].size(), std::vector<double>(a.size()));
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < a[i].size(); ++j)
      b[j][i] = a[i][j];
  return b;
}

static double frobenius(const Dense &a) {
  double sum = 0;
  for (auto &row : a)
    for (double x : row)
      sum += x * x;
  return std::sqrt(sum);
}

/// What Solvers.h promises.
static Dense reference(Dense x, const std::vector<float> &coefficients,
                       double factor, double epsilon) {
  if (x.size() > x[0].size())
    return transpose(reference(transpose(x), coefficients, factor, epsilon));
  double divisor = factor * frobenius(x) + epsilon;
  for (auto &row : x)
    for (double &e : row)
      e = divisor > 0 ? e / divisor : 0;
  for (size_t step = 0; step < coefficients.size(); step += 3) {
    Dense a = multiply(x, x, true), aa = multiply(a, a, false);
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t j = 0; j < a.size(); ++j)
        a[i][j] = coefficients[step + 1] * a[i][j] +
                  coefficients[step + 2] * aa[i][j];
    Dense bx = multiply(a, x, false);
    for (size_t i = 0; i < x.size(); ++i)
      for (size_t j = 0; j < x[i].size(); ++j)
        x[i][j] = coefficients[step] * x[i][j] + bx[i][j];
  }
  return x;
}

namespace {
struct Case {
  int m, n, batch = 1, padding = 0;
  Timing timing = Timing::Eager;
};
} // namespace

/// Muon's polynomial, twice, and then one that converges.
static const std::vector<float> coefficients = {3.4445f, -4.775f, 2.0315f,
                                                3.4445f, -4.775f, 2.0315f,
                                                1.875f,  -1.25f,  0.375f};

template <class Element, class Entry>
static void expectRight(Entry entry, double unit, const Case &c,
                        bool inPlace = false) {
  SCOPED_TRACE(std::to_string(c.m) + "x" + std::to_string(c.n));
  Matrices<Element> x(c.m, c.n, c.batch, c.padding);
  std::mt19937_64 random(c.m * 1000 + c.n);
  x.fill(random);
  Matrices<Element> before = x, y(c.m, c.n, c.batch, c.padding);
  Matrices<Element> &out = inPlace ? x : y;
  sm_model::Launch launch;
  launch.grid = std::min(c.batch, 2);
  launch.block = SteepestSolverThreads;
  launch.sharedBytes = steepest_solver_shared_bytes(c.m, c.n);
  launch.timing = c.timing;
  ASSERT_EQ(sm_model::launch(launch,
                             [&] {
                               entry(
                                   x.storage.data(), x.leading, x.stride,
                                   out.storage.data(), out.leading, out.stride,
                                   c.m, c.n, c.batch, coefficients.data(),
                                   (int)coefficients.size() / 3, 1.01f, 1e-7f);
                             }),
            "");
  // A step's three products are off by 2 u each, its sum by one more; what
  // follows magnifies by no more than |p'| <= a.
  double bound = 0;
  for (size_t step = 0; step < coefficients.size(); step += 3)
    bound = bound * coefficients[step] + 8 * unit;
  bound += roundoff(Element());
  for (int t = 0; t < c.batch; ++t) {
    Dense start(c.m, std::vector<double>(c.n)), got = start;
    for (int i = 0; i < c.m; ++i)
      for (int j = 0; j < c.n; ++j) {
        start[i][j] = toDouble(before.at(t, i, j));
        got[i][j] = toDouble(out.at(t, i, j));
      }
    Dense expected = reference(start, coefficients, 1.01, 1e-7);
    double size = frobenius(expected);
    for (int i = 0; i < c.m; ++i)
      for (int j = 0; j < c.n; ++j)
        got[i][j] -= expected[i][j];
    EXPECT_LE(frobenius(got), bound * size);
  }
}

static const std::vector<Case> cases = {
    {16, 16},       {48, 80, 3, 5, Timing::Lazy},
    {80, 48, 2, 3}, {33, 65, 1, 0, Timing::Random},
    {1, 5},         {5, 1}};

TEST(NewtonSchulz, IsRightInThreeTf32Products) {
  for (const Case &c : cases)
    expectRight<float>(steepest_newton_schulz_tf32x3, std::ldexp(1, -20), c);
}

TEST(NewtonSchulz, IsRightInTf32) {
  for (const Case &c : cases)
    expectRight<float>(steepest_newton_schulz_tf32, std::ldexp(1, -11), c);
}

TEST(NewtonSchulz, IsRightInBf16) {
  for (const Case &c : cases)
    expectRight<steepest_bf16>(steepest_newton_schulz_bf16, std::ldexp(1, -8),
                               c);
}

TEST(NewtonSchulz, FillsSharedMemory) {
  Case largest{SteepestSolverLimit, SteepestSolverLimit};
  EXPECT_LE(steepest_solver_shared_bytes(largest.m, largest.n), 227 << 10);
  EXPECT_LE(steepest_solver_shared_bytes(112, 112), 163 << 10);
  EXPECT_LE(steepest_solver_shared_bytes(80, 80), 99 << 10);
  expectRight<float>(steepest_newton_schulz_tf32, std::ldexp(1, -11), largest);
}

TEST(NewtonSchulz, WorksInPlace) {
  expectRight<float>(steepest_newton_schulz_tf32x3, std::ldexp(1, -20),
                     {24, 40, 2}, /*inPlace=*/true);
}

TEST(NewtonSchulz, LeavesZerosZero) {
  Matrices<float> x(20, 30, 1, 0);
  std::fill(x.storage.begin(), x.storage.end(), 0.0f);
  sm_model::Launch launch;
  launch.block = SteepestSolverThreads;
  launch.sharedBytes = steepest_solver_shared_bytes(20, 30);
  ASSERT_EQ(sm_model::launch(launch,
                             [&] {
                               steepest_newton_schulz_tf32x3(
                                   x.storage.data(), 30, 0, x.storage.data(),
                                   30, 0, 20, 30, 1, coefficients.data(), 3, 1,
                                   0);
                             }),
            "");
  for (float e : x.storage)
    EXPECT_EQ(e, 0);
}
