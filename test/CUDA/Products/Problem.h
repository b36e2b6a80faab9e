//===- Problem.h - one product, on the model and in double ----------------===//
//
// A problem holds operands with random elements, runs an entry point of the
// device template on the CPU model of an SM and compares with sums in double.
// What lies between rows and behind matrices is not-a-number and must neither
// reach a result nor be written.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_CUDA_PRODUCTS_PROBLEM_H
#define STEEPEST_TEST_CUDA_PRODUCTS_PROBLEM_H

#include "Model/Copies.h"
#include "Model/Machine.h"
#include "Model/Numbers.h"
#include "Products.h"
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace sm_test {

inline double toDouble(float x) { return x; }
inline double toDouble(double x) { return x; }
inline double toDouble(steepest_bf16 x) { return sm_model::fromBf16(x.bits); }
inline double toDouble(steepest_f16 x) { return sm_model::fromF16(x.bits); }
inline void fromDouble(float &to, double x) { to = (float)x; }
inline void fromDouble(double &to, double x) { to = x; }
inline void fromDouble(steepest_bf16 &to, double x) {
  to.bits = (uint16_t)sm_model::toBf16((float)x);
}
inline void fromDouble(steepest_f16 &to, double x) {
  to.bits = (uint16_t)sm_model::toF16((float)x);
}

/// Half the last place of a number of that type, relative.
inline double roundoff(float) { return std::ldexp(1, -24); }
inline double roundoff(double) { return std::ldexp(1, -53); }
inline double roundoff(steepest_bf16) { return std::ldexp(1, -8); }
inline double roundoff(steepest_f16) { return std::ldexp(1, -11); }

/// What sixteen-byte accesses are aligned to.
struct alignas(16) Sixteen {
  char bytes[16];
};

/// Matrices in one allocation, exactly as large as needed, so that the address
/// sanitizer sees who reads beyond.
template <class T> struct Matrices {
  int rows = 0, columns = 0, batch = 0;
  int64_t leading = 0, stride = 0;
  std::vector<T> storage;

  Matrices() = default;
  Matrices(int theRows, int theColumns, int theBatch, int padding)
      : rows(theRows), columns(theColumns), batch(theBatch),
        leading(theColumns + padding), stride(leading * theRows + padding) {
    storage.resize(std::max<int64_t>(stride * batch, 1));
    for (T &element : storage)
      fromDouble(element, NAN);
  }
  T &at(int b, int i, int j) { return storage[b * stride + i * leading + j]; }
  const T &at(int b, int i, int j) const {
    return storage[b * stride + i * leading + j];
  }
  void fill(std::mt19937_64 &random) {
    std::normal_distribution<double> normal;
    for (int b = 0; b < batch; ++b)
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j)
          fromDouble(at(b, i, j), normal(random));
  }
};

/// What to compute; see Products.h.
struct Shape {
  int m, n, k;
  int batch = 1;
  bool transposeA = false, transposeB = false;
  int symmetric = SteepestFull;
  double alpha = 1, beta = 0, gamma = 0; // no D where beta is 0
  bool mapped = false;
  int padding = 0; // elements between rows

  std::string name() const {
    std::string text =
        std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    text += transposeA ? " t" : " n";
    text += transposeB ? "t" : "n";
    if (symmetric)
      text += symmetric == SteepestLower ? " lower" : " symmetric";
    if (batch != 1)
      text += " batch " + std::to_string(batch);
    if (beta != 0)
      text += " plus D";
    if (mapped)
      text += " mapped";
    if (padding)
      text += " padding " + std::to_string(padding);
    return text;
  }
};

/// The map of the tests: depends on everything it is given.
template <class T>
SteepestPair<T> testMap(void *context, int64_t batch, int32_t row,
                        int32_t column, T first, T second) {
  T scale = *(T *)context;
  auto term = [&](int32_t j) { return T(row - 2 * j + 3 * batch) / 64; };
  return {scale * first + term(column), scale * second + term(column + 1)};
}

template <class E, class R> struct Problem {
  using Scalar = std::conditional_t<std::is_same_v<R, double>, double, float>;

  Shape shape;
  Matrices<E> a, b;
  Matrices<R> c, d;
  Scalar mapScale = (Scalar)0.5;

  explicit Problem(const Shape &theShape, uint64_t seed = 1) : shape(theShape) {
    std::mt19937_64 random(seed);
    const Shape &s = shape;
    a = s.transposeA ? Matrices<E>(s.k, s.m, s.batch, s.padding)
                     : Matrices<E>(s.m, s.k, s.batch, s.padding);
    a.fill(random);
    b = s.transposeB ? Matrices<E>(s.n, s.k, s.batch, s.padding)
                     : Matrices<E>(s.k, s.n, s.batch, s.padding);
    b.fill(random);
    // A A^T and A^T A, of which one knows that they are symmetric.
    if (s.symmetric)
      for (int t = 0; t < s.batch; ++t)
        for (int i = 0; i < s.m; ++i)
          for (int kk = 0; kk < s.k; ++kk)
            (s.transposeB ? b.at(t, i, kk) : b.at(t, kk, i)) =
                s.transposeA ? a.at(t, kk, i) : a.at(t, i, kk);
    c = Matrices<R>(s.m, s.n, s.batch, s.padding);
    if (s.beta != 0) {
      d = Matrices<R>(s.m, s.n, s.batch, s.padding);
      d.fill(random);
      // Of a symmetric D only the lower triangle matters.
      if (s.symmetric)
        for (int t = 0; t < s.batch; ++t)
          for (int i = 0; i < s.m; ++i)
            for (int j = i + 1; j < s.n; ++j)
              fromDouble(d.at(t, i, j), NAN);
    }
  }

  /// Empty, or what is wrong with C. `relative` bounds the error of an element
  /// as a multiple of |A| |B|; E's and R's own rounding come on top.
  std::string check(double relative) const {
    const Shape &s = shape;
    for (int t = 0; t < s.batch; ++t)
      for (int i = 0; i < s.m; ++i)
        for (int j = 0; j < s.n; ++j) {
          if (s.symmetric && j > i) {
            if (s.symmetric == SteepestSymmetric &&
                toDouble(c.at(t, i, j)) != toDouble(c.at(t, j, i)))
              return where(t, i, j) + " is no mirror image";
            continue;
          }
          double sum = 0, size = 0;
          for (int kk = 0; kk < s.k; ++kk) {
            double x = toDouble(s.transposeA ? a.at(t, kk, i) : a.at(t, i, kk));
            double y = toDouble(s.transposeB ? b.at(t, j, kk) : b.at(t, kk, j));
            sum += x * y;
            size += std::fabs(x * y);
          }
          double expected = s.alpha * sum;
          double bound = std::fabs(s.alpha) * size * relative;
          double magnitude = std::fabs(expected);
          if (s.beta != 0) {
            double term = s.beta * toDouble(d.at(t, i, j));
            expected += term;
            magnitude += std::fabs(term);
          }
          if (i == j)
            expected += s.gamma, magnitude += std::fabs(s.gamma);
          if (s.mapped) {
            double term = (i - 2.0 * j + 3.0 * t) / 64;
            expected = 0.5 * expected + term;
            magnitude += std::fabs(term);
          }
          bound += 4 * roundoff(Scalar()) * magnitude +
                   1.01 * roundoff(R()) * std::fabs(expected) +
                   1e-7 * (roundoff(R()) > 1e-10);
          double got = toDouble(c.at(t, i, j));
          if (!(std::fabs(got - expected) <= bound))
            return where(t, i, j) + " is " + std::to_string(got) +
                   ", expected " + std::to_string(expected) + " +- " +
                   std::to_string(bound);
        }
    return checkPadding();
  }

private:
  static std::string where(int t, int i, int j) {
    return "C[" + std::to_string(t) + "][" + std::to_string(i) + "][" +
           std::to_string(j) + "]";
  }

  std::string checkPadding() const {
    for (int t = 0; t < c.batch; ++t)
      for (int64_t e = 0; e < c.stride; ++e)
        if ((e >= c.leading * c.rows || e % c.leading >= c.columns) &&
            !std::isnan(toDouble(c.storage[t * c.stride + e])))
          return "element " + std::to_string(e) + " of matrix " +
                 std::to_string(t) + " is padding, and written";
    return "";
  }
};

/// How an entry point is launched.
struct Configuration {
  int tileRows, tileColumns, threads, sharedBytes, cluster = 1;
  sm_model::Timing timing = sm_model::Timing::Eager;
  int blocks = 3; // at most, in clusters
  uint64_t seed = 1;

  sm_model::Launch launch(const Shape &s) const {
    int64_t tiles = steepest_product_tiles(s.m, s.n, s.batch, tileRows,
                                           tileColumns, s.symmetric, cluster);
    sm_model::Launch launch;
    launch.grid =
        (int)std::max<int64_t>(1, std::min<int64_t>(tiles / cluster, blocks)) *
        cluster;
    launch.block = threads;
    launch.cluster = cluster;
    launch.sharedBytes = sharedBytes;
    launch.timing = timing;
    launch.seed = seed;
    return launch;
  }
};

/// The tensor map of matrices, for boxes of `width` x `height` elements.
template <class T>
std::string encode(SteepestTensorMap &map, Matrices<T> &of, int width,
                   int height) {
  uint32_t sizes[] = {(uint32_t)of.columns, (uint32_t)of.rows,
                      (uint32_t)of.batch};
  uint64_t strides[] = {of.leading * sizeof(T), of.stride * sizeof(T)};
  uint32_t box[] = {(uint32_t)width, (uint32_t)height, 1};
  const char *wrong = sm_model::encodeTensorMap(&map, of.storage.data(), sizes,
                                                strides, box, sizeof(T), true);
  return wrong ? wrong : "";
}

/// Calls `entry` of a family FMA or MMA.
template <class Entry, class E, class R>
std::string run(Entry entry, const Configuration &configuration,
                Problem<E, R> &p) {
  using Scalar = typename Problem<E, R>::Scalar;
  const Shape &s = p.shape;
  return sm_model::launch(configuration.launch(s), [&] {
    entry(p.a.storage.data(), p.a.leading, p.a.stride, p.b.storage.data(),
          p.b.leading, p.b.stride, p.c.storage.data(), p.c.leading, p.c.stride,
          s.beta != 0 ? p.d.storage.data() : nullptr, p.d.leading, p.d.stride,
          s.m, s.n, s.k, s.batch, s.transposeA, s.transposeB, s.symmetric,
          (Scalar)s.alpha, (Scalar)s.beta, (Scalar)s.gamma,
          s.mapped ? testMap<Scalar> : nullptr, &p.mapScale);
  });
}

/// Calls `entry` of family WGMMA, whose slices hold `depth` values of k.
template <class Entry, class E, class R>
std::string runWithMaps(Entry entry, const Configuration &configuration,
                        int depth, Problem<E, R> &p) {
  const Shape &s = p.shape;
  SteepestTensorMap maps[3];
  std::string wrong = s.transposeA
                          ? encode(maps[0], p.a, 64, depth)
                          : encode(maps[0], p.a, depth, configuration.tileRows);
  if (wrong.empty())
    wrong = s.transposeB
                ? encode(maps[1], p.b, depth,
                         configuration.tileColumns / configuration.cluster)
                : encode(maps[1], p.b, 64, depth);
  if (wrong.empty())
    wrong = encode(maps[2], p.c, 128 / sizeof(R), 128 / sizeof(R));
  if (!wrong.empty())
    return wrong;
  return sm_model::launch(configuration.launch(s), [&] {
    entry(&maps[0], &maps[1], &maps[2], p.c.storage.data(), p.c.leading,
          p.c.stride, s.beta != 0 ? p.d.storage.data() : nullptr, p.d.leading,
          p.d.stride, s.m, s.n, s.k, s.batch, s.transposeA, s.transposeB,
          s.symmetric, (float)s.alpha, (float)s.beta, (float)s.gamma,
          s.mapped ? testMap<float> : nullptr, &p.mapScale);
  });
}

/// Packs with `pack` and calls `entry` of family PANEL. All blocks meet in
/// between, as those of a cluster do.
template <class Pack, class Entry>
std::string runWithPanels(Pack pack, Entry entry,
                          const Configuration &configuration, int elementBytes,
                          Problem<float, float> &p) {
  const Shape &s = p.shape;
  // Aligned to sixteen bytes, and exactly as large as needed.
  auto allocate = [&](int length) {
    return std::vector<Sixteen>(
        steepest_panel_bytes(length, s.k, elementBytes) / sizeof(Sixteen));
  };
  auto a = allocate(s.m), b = allocate(s.n);
  sm_model::Launch launch = configuration.launch(s);
  launch.cluster = launch.grid;
  return sm_model::launch(launch, [&] {
    pack(p.a.storage.data(), p.a.leading, s.m, s.k, !s.transposeA, a.data());
    pack(p.b.storage.data(), p.b.leading, s.n, s.k, s.transposeB, b.data());
    sm_model::collective(sm_model::Team::Cluster, "barrier.cluster", nullptr,
                         nullptr);
    entry(a.data(), b.data(), p.c.storage.data(), p.c.leading,
          s.beta != 0 ? p.d.storage.data() : nullptr, p.d.leading, s.m, s.n,
          s.k, s.symmetric, (float)s.alpha, (float)s.beta, (float)s.gamma,
          s.mapped ? testMap<float> : nullptr, &p.mapScale);
  });
}

} // namespace sm_test

#endif // STEEPEST_TEST_CUDA_PRODUCTS_PROBLEM_H
