//===- StagedTests.cpp - products of matrices in shared memory ------------===//
//
// On the CPU model of an SM: against sums in double, and against the products
// whose bits they promise.
//
//===----------------------------------------------------------------------===//

#include "Problem.h"
#include <gtest/gtest.h>

using namespace sm_test;
using sm_model::Timing;

namespace {

using Staged = decltype(&steepest_product_staged_f32);

/// Matrices in shared memory, one after another.
struct Places {
  int next = 0;

  int take(int rows, int columns) {
    int start = next;
    next += steepest_staged_extent(rows) * steepest_staged_pitch(columns);
    return start;
  }
  int take(const Matrices<float> &of) { return take(of.rows, of.columns); }
};

} // namespace

static int stageAt(int to, const Matrices<float> &of) {
  steepest_product_stage(of.storage.data(), of.leading, of.rows, of.columns,
                         to);
  return to;
}

/// C from staged factors.
static std::string runStaged(Staged entry, Problem<float, float> &p,
                             Timing timing) {
  const Shape &s = p.shape;
  Places places;
  int a = places.take(p.a), b = places.take(p.b), d = -1;
  if (s.beta != 0)
    d = places.take(p.d);
  sm_model::Launch launch;
  launch.block = 256;
  launch.timing = timing;
  launch.sharedBytes = 4 * places.next;
  return sm_model::launch(launch, [&] {
    stageAt(a, p.a);
    stageAt(b, p.b);
    if (d >= 0)
      stageAt(d, p.d);
    entry(a, b, -1, p.c.storage.data(), p.c.leading, d, s.m, s.n, s.k,
          s.transposeA, s.transposeB, s.symmetric, (float)s.alpha,
          (float)s.beta, (float)s.gamma);
  });
}

static std::vector<Shape> makeShapes() {
  std::vector<Shape> shapes;
  for (auto [m, n, k] :
       {std::tuple(16, 16, 16), std::tuple(1, 1, 1), std::tuple(33, 17, 50),
        std::tuple(5, 96, 7), std::tuple(64, 40, 1), std::tuple(80, 81, 83)})
    for (int layout = 0; layout < 4; ++layout) {
      Shape shape{m, n, k};
      shape.transposeA = layout % 2;
      shape.transposeB = layout / 2;
      shape.padding = m % 3;
      shapes.push_back(shape);
      shape.alpha = -1.5;
      shape.beta = 0.75;
      shape.gamma = layout % 2 ? 2 : 0;
      shapes.push_back(shape);
    }
  for (int n : {16, 1, 30, 65})
    for (int symmetric : {SteepestSymmetric, SteepestLower}) {
      Shape shape{n, n, 37};
      shape.symmetric = symmetric;
      shape.transposeB = true;
      shapes.push_back(shape);
      std::swap(shape.transposeA, shape.transposeB);
      shape.beta = -4.775;
      shape.gamma = 3.4445;
      shape.padding = 1;
      shapes.push_back(shape);
    }
  return shapes;
}

static void expectRight(Staged entry, double modeError) {
  for (const Shape &shape : makeShapes()) {
    SCOPED_TRACE(shape.name());
    for (Timing timing : {Timing::Eager, Timing::Random}) {
      Problem<float, float> p(shape);
      EXPECT_EQ(runStaged(entry, p, timing), "");
      EXPECT_EQ(p.check((shape.k + 2) * std::ldexp(1, -24) + modeError), "");
    }
  }
}

TEST(Staged, IsRightInF32) { expectRight(steepest_product_staged_f32, 0); }

TEST(Staged, IsRightWithFactorsOfBf16) {
  expectRight(steepest_product_staged_bf16, 2.01 * std::ldexp(1, -8));
}

// Both have eleven bits.
TEST(Staged, IsRightWithFactorsOfF16) {
  expectRight(steepest_product_staged_f16, 2.01 * std::ldexp(1, -11));
}

TEST(Staged, IsRightWithFactorsOfTf32) {
  expectRight(steepest_product_staged_tf32, 2.01 * std::ldexp(1, -11));
}

template <class Entry>
static void expectSameBits(Staged staged, Entry entry,
                           const Configuration &configuration) {
  for (const Shape &shape : makeShapes()) {
    SCOPED_TRACE(shape.name());
    Problem<float, float> p(shape), q(shape);
    EXPECT_EQ(runStaged(staged, p, Timing::Eager), "");
    EXPECT_EQ(run(entry, configuration, q), "");
    for (int i = 0; i < shape.m; ++i)
      for (int j = 0; j < (shape.symmetric ? i + 1 : shape.n); ++j)
        EXPECT_EQ(sm_model::bitsOfFloat(p.c.at(0, i, j)),
                  sm_model::bitsOfFloat(q.c.at(0, i, j)))
            << i << " " << j;
  }
}

TEST(Staged, HasTheBitsOfTheOrdinaryUnits) {
  expectSameBits(steepest_product_staged_f32, steepest_product_fma_f32_64x64,
                 {64, 64, 256, 17408});
}

TEST(Staged, HasTheBitsOfTensorCores) {
  expectSameBits(steepest_product_staged_bf16,
                 steepest_product_mma_f32_as_bf16_64x128,
                 {64, 128, 256, 36864});
  expectSameBits(steepest_product_staged_f16,
                 steepest_product_mma_f32_as_f16_64x128, {64, 128, 256, 36864});
  expectSameBits(steepest_product_staged_tf32, steepest_product_mma_tf32_64x128,
                 {64, 128, 256, 36864});
}

/// X^T X, its square plus itself, and the products of that with X: what a step
/// of a polynomial is, with places that are used again.
static void expectRightChain(Staged entry, double unit) {
  for (auto extents : {std::pair(40, 24), std::pair(24, 40), std::pair(1, 3)})
    for (Timing timing : {Timing::Eager, Timing::Lazy, Timing::Random}) {
      int m = extents.first, n = extents.second;
      SCOPED_TRACE(std::to_string(m) + "x" + std::to_string(n));
      std::mt19937_64 random(m);
      Matrices<float> x(m, n, 1, 2), y(m, n, 1, 3);
      x.fill(random);
      for (float &element : x.storage)
        element /= float(std::sqrt(m) + std::sqrt(n));
      Places places;
      int X = places.take(x), A = places.take(n, n), B = places.take(n, n);
      int next = places.take(x);
      sm_model::Launch launch;
      launch.block = 256;
      launch.timing = timing;
      launch.sharedBytes = 4 * places.next;
      constexpr int steps = 3;
      float *none = nullptr;
      ASSERT_EQ(sm_model::launch(launch,
                                 [&] {
                                   int from = stageAt(X, x), to = next;
                                   for (int step = 0; step < steps; ++step) {
                                     bool isLast = step + 1 == steps;
                                     entry(from, from, A, none, 0, -1, n, n, m,
                                           1, 0, SteepestSymmetric, 1, 0, 0);
                                     entry(A, A, B, none, 0, A, n, n, n, 0, 0,
                                           SteepestLower, 0.375f, -1.25f, 0);
                                     entry(from, B, isLast ? -1 : to,
                                           isLast ? y.storage.data() : none,
                                           y.leading, from, m, n, n, 0, 0,
                                           SteepestFull, 1, 1.875f, 0);
                                     std::swap(from, to);
                                   }
                                 }),
                "");
      std::vector<double> now(m * n);
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j)
          now[i * n + j] = x.at(0, i, j);
      for (int step = 0; step < steps; ++step) {
        std::vector<double> a(n * n), b(n * n), after(m * n);
        for (int i = 0; i < n; ++i)
          for (int j = 0; j < n; ++j)
            for (int k = 0; k < m; ++k)
              a[i * n + j] += now[k * n + i] * now[k * n + j];
        for (int i = 0; i < n; ++i)
          for (int j = 0; j < n; ++j) {
            for (int k = 0; k < n; ++k)
              b[i * n + j] += 0.375 * a[i * n + k] * a[k * n + j];
            b[i * n + j] -= 1.25 * a[i * n + j];
          }
        for (int i = 0; i < m; ++i)
          for (int j = 0; j < n; ++j) {
            for (int k = 0; k < n; ++k)
              after[i * n + j] += now[i * n + k] * b[k * n + j];
            after[i * n + j] += 1.875 * now[i * n + j];
          }
        now = after;
      }
      // Three products a step, of matrices whose norms are near 1, of terms
      // that sum up to some multiple of it.
      double bound = 100 * steps * unit * std::sqrt(n);
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j)
          EXPECT_NEAR(y.at(0, i, j), now[i * n + j], bound) << i << " " << j;
    }
}

TEST(Staged, GoesOnWhereItStopped) {
  expectRightChain(steepest_product_staged_f32, std::ldexp(1, -24));
  expectRightChain(steepest_product_staged_bf16, std::ldexp(1, -9) / 8);
}
