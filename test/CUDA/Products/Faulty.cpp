//===- Faulty.cpp - the device template with a planted fault --------------===//
//
// Compiled once for each fault of Device.h, with STEEPEST_FAULT naming it, and
// `steepest` renamed, so that one program holds them all. It is compiled for
// `None`, too, which shows that it is the fault that the tests catch.
//
//===----------------------------------------------------------------------===//

#define STEEPEST_JOIN(a, b) a##b
#define STEEPEST_FAULTY(fault) STEEPEST_JOIN(steepest_, fault)
#define steepest STEEPEST_FAULTY(STEEPEST_FAULT)

#include "ProductFma.h"
#include "ProductMma.h"
#include "ProductPanels.h"
#include "ProductStaged.h"
#include "ProductWgmma.h"

#include "Faults.h"
#include "Problem.h"

using namespace steepest::sm;
using namespace sm_test;

/// As in Products.cpp.
template <class Product, class Element, class Result> static auto ordinary() {
  return [](const Element *a, int64_t lda, int64_t strideA, const Element *b,
            int64_t ldb, int64_t strideB, Result *c, int64_t ldc,
            int64_t strideC, const Result *d, int64_t ldd, int64_t strideD,
            int32_t m, int32_t n, int32_t k, int32_t batch, int32_t transposeA,
            int32_t transposeB, int32_t symmetric, float alpha, float beta,
            float gamma, steepest_map_float map, void *context) {
    Epilogue<float, Result, MapByAddress<float>> epilogue(
        c, ldc, strideC, d, ldd, strideD, m, n, symmetric, alpha, beta, gamma,
        {map, context});
    Product::compute(a, lda, strideA, b, ldb, strideB, k, batch, transposeA,
                     transposeB, epilogue);
  };
}

template <class Product, class Result> static auto withMaps() {
  return [](const SteepestTensorMap *mapA, const SteepestTensorMap *mapB,
            const SteepestTensorMap *mapC, Result *c, int64_t ldc,
            int64_t strideC, const Result *d, int64_t ldd, int64_t strideD,
            int32_t m, int32_t n, int32_t k, int32_t batch, int32_t transposeA,
            int32_t transposeB, int32_t symmetric, float alpha, float beta,
            float gamma, steepest_map_float map, void *context) {
    Epilogue<float, Result, MapByAddress<float>> epilogue(
        c, ldc, strideC, d, ldd, strideD, m, n, symmetric, alpha, beta, gamma,
        {map, context});
    Product::compute(mapA, mapB, mapC, k, batch, transposeA, transposeB,
                     epilogue);
  };
}

template <class Product>
static Configuration configurationOf(int rows, int columns, int cluster,
                                     sm_model::Timing timing) {
  Configuration configuration{rows, columns, Product::threads,
                              Product::sharedBytes, cluster};
  configuration.timing = timing;
  configuration.blocks = 1;
  return configuration;
}

static std::string checkFma(const Shape &shape, sm_model::Timing timing) {
  using Product = ProductFma<float, 64, 64, 4, 4>;
  Problem<float, float> p(shape);
  std::string wrong = run(ordinary<Product, float, float>(),
                          configurationOf<Product>(64, 64, 1, timing), p);
  return wrong.empty() ? p.check((shape.k + 2) * std::ldexp(1, -24)) : wrong;
}

static std::string checkMma(const Shape &shape, sm_model::Timing timing) {
  using Product = ProductMma<Bf16, steepest_bf16, 64, 64>;
  Problem<steepest_bf16, float> p(shape);
  std::string wrong = run(ordinary<Product, steepest_bf16, float>(),
                          configurationOf<Product>(64, 64, 1, timing), p);
  return wrong.empty() ? p.check((shape.k + 2) * std::ldexp(1, -24)) : wrong;
}

template <int rows, int columns>
static std::string checkWgmma(const Shape &shape, sm_model::Timing timing) {
  using Product =
      ProductWgmma<Bf16, steepest_bf16, steepest_bf16, rows, columns>;
  Problem<steepest_bf16, steepest_bf16> p(shape);
  std::string wrong = runWithMaps(
      withMaps<Product, steepest_bf16>(),
      configurationOf<Product>(rows, columns, Product::cluster, timing),
      Product::depth, p);
  return wrong.empty() ? p.check((shape.k + 2) * std::ldexp(1, -24)) : wrong;
}

template <int rows, int columns>
static std::string checkPanels(const Shape &shape, sm_model::Timing timing) {
  using Product = ProductPanels<Bf16, rows, columns>;
  Problem<float, float> p(shape);
  std::string wrong = runWithPanels(
      Panels<Bf16>::pack,
      [](const void *a, const void *b, float *c, int64_t ldc, const float *d,
         int64_t ldd, int m, int n, int k, int symmetric, float alpha,
         float beta, float gamma, steepest_map_float map, void *context) {
        Epilogue<float, float, MapByAddress<float>> epilogue(
            c, ldc, 0, d, ldd, 0, m, n, symmetric, alpha, beta, gamma,
            {map, context});
        Product::compute(a, b, k, epilogue);
        Product::compute(a, b, k, epilogue);
      },
      configurationOf<Product>(rows, columns, 1, timing), 2, p);
  return wrong.empty() ? p.check((shape.k + 2) * std::ldexp(1, -24) +
                                 2.01 * std::ldexp(1, -8))
                       : wrong;
}

/// The product is staged, and C its transpose's transpose: the product of what
/// is staged and a unit matrix, of a symmetric one by its other half.
static std::string checkStaged(const Shape &shape, sm_model::Timing timing) {
  using Product = ProductStaged<Exact>;
  Problem<float, float> p(shape);
  int m = shape.m, n = shape.n, k = shape.k;
  Matrices<float> unit(n, n, 1, 0);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      unit.at(0, i, j) = i == j;
  auto size = [](const Matrices<float> &of) {
    return steepest_staged_extent(of.rows) * steepest_staged_pitch(of.columns);
  };
  Configuration configuration{
      64, 64, Product::threads,
      4 * (size(p.a) + size(p.b) + size(p.c) + size(unit))};
  configuration.timing = timing;
  configuration.blocks = 1;
  std::string wrong = sm_model::launch(configuration.launch(shape), [&] {
    float *next = (float *)sharedMemory();
    auto put = [&](const Matrices<float> &of) {
      float *to = next;
      next += size(of);
      stage<Product::threads>(to, of.storage.data(), of.leading, of.rows,
                              of.columns);
      return to;
    };
    float *a = put(p.a), *b = put(p.b), *identity = put(unit), *c = next;
    bool symmetric = shape.symmetric != SteepestFull;
    Product::compute(
        {a, p.a.columns, !shape.transposeA}, {b, p.b.columns, shape.transposeB},
        k, {c, nullptr, 0, nullptr, m, n, symmetric, symmetric, 1, 0, 0});
    Product::compute({c, n, !symmetric}, {identity, n, false}, n,
                     {nullptr, p.c.storage.data(), p.c.leading, nullptr, m, n,
                      symmetric, symmetric, 1, 0, 0});
  });
  return wrong.empty() ? p.check((k + 2) * std::ldexp(1, -24)) : wrong;
}

#define STEEPEST_TABLE(fault) STEEPEST_JOIN(checksWith, fault)
const FaultChecks STEEPEST_TABLE(STEEPEST_FAULT) = {checkFma,
                                                    checkMma,
                                                    checkWgmma<64, 64>,
                                                    checkWgmma<128, 256>,
                                                    checkPanels<64, 64>,
                                                    checkPanels<128, 128>,
                                                    checkStaged};
