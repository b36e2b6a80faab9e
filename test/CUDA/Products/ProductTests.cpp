//===- ProductTests.cpp - every product of the device template ------------===//
//
// On the CPU model of an SM, against sums in double, with edges in every
// dimension, batches, orders of operands, symmetric results and epilogues.
//
//===----------------------------------------------------------------------===//

#include "Problem.h"
#include <gtest/gtest.h>

using namespace sm_test;
using sm_model::Timing;

/// By mode, as MmaOperand.h states them, without the sums' share.
static double modeError(const std::string &mode, bool narrowElements) {
  if (mode == "Tf32x3")
    return std::ldexp(1, -20);
  if (mode == "Tf32")
    return 2.01 * std::ldexp(1, -11);
  // Sixteen-bit elements are what they are.
  return narrowElements ? 0 : 2.01 * std::ldexp(1, mode == "F16" ? -11 : -8);
}

/// Of sums in float, in any order.
static double sumError(int k) { return (k + 2) * std::ldexp(1, -24); }

/// What packs panels of that mode, and the bytes of their elements.
static auto packerOf(const std::string &mode) {
  return mode == "Bf16"  ? steepest_product_pack_bf16
         : mode == "F16" ? steepest_product_pack_f16
                         : steepest_product_pack_tf32;
}
static int bytesOfMode(const std::string &mode) {
  return mode == "Tf32" ? 4 : 2;
}

namespace {

struct Entry {
  std::string name;
  Configuration configuration;
  int elementBytes;
  bool needsAlignment; // wgmma
  bool alongRowsOnly;  // wgmma of tf32
  bool hasBatches;     // not with panels
  /// Runs a shape and returns what is wrong.
  std::string (*check)(const Configuration &, const Shape &);
  /// The bits of C.
  std::vector<char> (*bits)(const Configuration &, const Shape &);

  friend void PrintTo(const Entry &entry, std::ostream *out) {
    *out << entry.name;
  }
};

} // namespace

template <class R> static std::vector<char> bytesOf(const Matrices<R> &c) {
  auto *data = (const char *)c.storage.data();
  return std::vector<char>(data, data + c.storage.size() * sizeof(R));
}

static std::vector<Entry> makeEntries() {
  std::vector<Entry> entries;
#define STEEPEST_FMA(name, type, rows, columns, threads, bytes)                \
  entries.push_back({#name,                                                    \
                     {rows, columns, threads, bytes},                          \
                     sizeof(type),                                             \
                     false,                                                    \
                     false,                                                    \
                     true,                                                     \
                     [](const Configuration &c, const Shape &s) {              \
                       Problem<type, type> p(s);                               \
                       std::string wrong = run(steepest_product_##name, c, p); \
                       double error =                                          \
                           (s.k + 2) *                                         \
                           (sizeof(type) == 4 ? std::ldexp(1, -24) : 1e-15);   \
                       return wrong.empty() ? p.check(error) : wrong;          \
                     },                                                        \
                     [](const Configuration &c, const Shape &s) {              \
                       Problem<type, type> p(s);                               \
                       EXPECT_EQ(run(steepest_product_##name, c, p), "");      \
                       return bytesOf(p.c);                                    \
                     }});
#define STEEPEST_MMA(name, mode, element, result, rows, columns, threads,      \
                     bytes)                                                    \
  entries.push_back({#name,                                                    \
                     {rows, columns, threads, bytes},                          \
                     sizeof(steepest_##element),                               \
                     false,                                                    \
                     false,                                                    \
                     true,                                                     \
                     [](const Configuration &c, const Shape &s) {              \
                       Problem<steepest_##element, steepest_##result> p(s);    \
                       std::string wrong = run(steepest_product_##name, c, p); \
                       double error =                                          \
                           sumError(s.k) +                                     \
                           modeError(#mode, sizeof(steepest_##element) == 2);  \
                       return wrong.empty() ? p.check(error) : wrong;          \
                     },                                                        \
                     [](const Configuration &c, const Shape &s) {              \
                       Problem<steepest_##element, steepest_##result> p(s);    \
                       EXPECT_EQ(run(steepest_product_##name, c, p), "");      \
                       return bytesOf(p.c);                                    \
                     }});
#define STEEPEST_WGMMA(name, mode, element, result, rows, columns, depth,      \
                       threads, cluster, bytes)                                \
  entries.push_back(                                                           \
      {#name,                                                                  \
       {rows, columns, threads, bytes, cluster},                               \
       sizeof(steepest_##element),                                             \
       true,                                                                   \
       sizeof(steepest_##element) == 4,                                        \
       true,                                                                   \
       [](const Configuration &c, const Shape &s) {                            \
         Problem<steepest_##element, steepest_##result> p(s);                  \
         std::string wrong =                                                   \
             runWithMaps(steepest_product_##name, c, depth, p);                \
         /* tf32 elements are cut off, not rounded, by wgmma. */               \
         double error = sumError(s.k) +                                        \
                        2 * modeError(#mode, sizeof(steepest_##element) == 2); \
         return wrong.empty() ? p.check(error) : wrong;                        \
       },                                                                      \
       [](const Configuration &c, const Shape &s) {                            \
         Problem<steepest_##element, steepest_##result> p(s);                  \
         EXPECT_EQ(runWithMaps(steepest_product_##name, c, depth, p), "");     \
         return bytesOf(p.c);                                                  \
       }});
#define STEEPEST_PANEL(name, mode, rows, columns, threads, bytes)              \
  entries.push_back(                                                           \
      {#name,                                                                  \
       {rows, columns, threads, bytes},                                        \
       4,                                                                      \
       false,                                                                  \
       false,                                                                  \
       false,                                                                  \
       [](const Configuration &c, const Shape &s) {                            \
         Problem<float, float> p(s);                                           \
         std::string wrong =                                                   \
             runWithPanels(packerOf(#mode), steepest_product_##name, c,        \
                           bytesOfMode(#mode), p);                             \
         return wrong.empty()                                                  \
                    ? p.check(sumError(s.k) + modeError(#mode, false))         \
                    : wrong;                                                   \
       },                                                                      \
       [](const Configuration &c, const Shape &s) {                            \
         Problem<float, float> p(s);                                           \
         EXPECT_EQ(runWithPanels(packerOf(#mode), steepest_product_##name, c,  \
                                 bytesOfMode(#mode), p),                       \
                   "");                                                        \
         return bytesOf(p.c);                                                  \
       }});
#include "Products.def"
  return entries;
}

class Product : public ::testing::TestWithParam<Entry> {
protected:
  const Entry &entry() { return GetParam(); }
  int rows() { return entry().configuration.tileRows; }
  int columns() { return entry().configuration.tileColumns; }
  /// A few bytes over a multiple, if rows need not be aligned.
  int uneven(int padding) {
    int multiple = 16 / entry().elementBytes;
    return entry().needsAlignment ? multiple : padding;
  }
  /// Rounds up what has to be a multiple of 16 bytes in both types.
  int aligned(int n) { return entry().needsAlignment ? (n + 7) / 8 * 8 : n; }
  void expectRight(const Shape &shape, Timing timing) {
    Configuration configuration = entry().configuration;
    configuration.timing = timing;
    EXPECT_EQ(entry().check(configuration, shape), "") << shape.name();
  }
};

TEST_P(Product, TakesOperandsInEveryOrder) {
  for (bool transposeA : {false, true})
    for (bool transposeB : {false, true}) {
      if (entry().alongRowsOnly && (transposeA || !transposeB))
        continue;
      Shape shape{aligned(rows() + 19), aligned(columns() + 21), aligned(75)};
      shape.transposeA = transposeA;
      shape.transposeB = transposeB;
      shape.padding = uneven(transposeA ? 3 : 0);
      expectRight(shape,
                  transposeA == transposeB ? Timing::Lazy : Timing::Eager);
    }
}

TEST_P(Product, MirrorsSymmetricResults) {
  for (bool transposeA : {false, true}) {
    if (entry().alongRowsOnly && transposeA)
      continue;
    Shape shape{0, 0, aligned(45)};
    shape.m = shape.n = aligned(columns() + rows() / 2 + 5);
    shape.transposeA = transposeA;
    shape.transposeB = !transposeA;
    shape.symmetric = SteepestSymmetric;
    shape.alpha = -0.5;
    shape.beta = 2;
    shape.gamma = 3;
    expectRight(shape, transposeA ? Timing::Random : Timing::Lazy);
    shape.symmetric = SteepestLower;
    expectRight(shape, Timing::Eager);
  }
}

TEST_P(Product, GoesThroughBatches) {
  Shape shape{aligned(33), aligned(17), aligned(40)};
  shape.transposeB = true;
  shape.batch = entry().hasBatches ? 3 : 1;
  shape.beta = -1;
  shape.gamma = 0.5;
  shape.mapped = true;
  shape.padding = uneven(1);
  expectRight(shape, Timing::Lazy);
}

TEST_P(Product, TakesSmallShapes) {
  for (Shape shape : {Shape{1, 1, 1}, Shape{1, columns() + 1, 3},
                      Shape{rows() + 1, 1, 0}, Shape{2, 3, 130}}) {
    shape.transposeB = true;
    if (entry().needsAlignment) {
      // The host has no tensor map of an empty matrix, nor of such rows.
      shape.n = aligned(shape.n);
      shape.k = std::max(aligned(shape.k), 8);
    }
    shape.gamma = 1;
    expectRight(shape, Timing::Random);
  }
}

TEST_P(Product, HasTheSameBitsForEveryGridAndTiming) {
  Shape shape{aligned(2 * rows() + 3), aligned(2 * rows() + 3), aligned(50)};
  shape.n = shape.m;
  shape.transposeB = true;
  shape.symmetric = SteepestSymmetric;
  Configuration configuration = entry().configuration;
  configuration.blocks = 1;
  auto expected = entry().bits(configuration, shape);
  configuration.blocks = 1000;
  configuration.timing = Timing::Random;
  configuration.seed = 7;
  // Not EXPECT_EQ, which would print both.
  EXPECT_TRUE(entry().bits(configuration, shape) == expected);
}

INSTANTIATE_TEST_SUITE_P(Template, Product, ::testing::ValuesIn(makeEntries()),
                         [](const auto &info) { return info.param.name; });
