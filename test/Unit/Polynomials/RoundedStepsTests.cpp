//===- RoundedStepsTests.cpp - steps with rounded factors -----------------===//
//
// What rounding the factors of products to bf16, f16 or tf32 does to Muon's
// steps is not proved but measured (`PolynomialSign.cpp`). Here it is measured
// again on matrices of all kinds: every product rounds its factors and adds in
// float32, as the products of GPUs and of vdpbf16ps do.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace steepest;
using Wide = Eigen::MatrixXd;
using Narrow = Eigen::MatrixXf;

namespace {
/// A type of factors.
struct Factors {
  const char *name;
  mlir::Type type;
  float (*round)(float);
};

constexpr unsigned stepCount = 5;
const OddStep muonStep{3.4445, -4.7750, 2.0315};

/// Steps of a matrix with at most as many rows as columns and ||X||_F = 1.
class RoundedSteps {
public:
  explicit RoundedSteps(float (*round)(float)) : round(round) {}

  Narrow standard(Narrow x) const;
  /// In Gram form, with a fresh Gram matrix before every `segment` steps.
  Narrow gram(Narrow x, unsigned segment) const;

private:
  Narrow product(const Narrow &a, const Narrow &b) const {
    return a.unaryExpr(round) * b.unaryExpr(round);
  }
  /// The lower half, mirrored.
  Narrow symmetric(const Narrow &a, const Narrow &b) const {
    Narrow full = product(a, b);
    return full.selfadjointView<Eigen::Lower>();
  }
  /// P - a I, where a I must not be rounded.
  Narrow polynomial(const Narrow &gram) const {
    return float(muonStep.c) * symmetric(gram, gram) + float(muonStep.b) * gram;
  }

  float (*round)(float);
};
} // namespace

Narrow RoundedSteps::standard(Narrow x) const {
  for (unsigned i = 0; i < stepCount; ++i) {
    Narrow p = polynomial(symmetric(x, x.transpose()));
    x = product(p, x) + float(muonStep.a) * x;
  }
  return x;
}

Narrow RoundedSteps::gram(Narrow x, unsigned segment) const {
  float a = float(muonStep.a);
  Narrow gram, q;
  Narrow identity = Narrow::Identity(x.rows(), x.rows());
  for (unsigned i = 0; i < stepCount; ++i) {
    bool first = i % segment == 0;
    bool last = i + 1 == stepCount || (i + 1) % segment == 0;
    if (first)
      gram = symmetric(x, x.transpose());
    Narrow p = polynomial(gram);
    auto times = [&](const Narrow &y) -> Narrow {
      return symmetric(p, y) + a * y;
    };
    q = first ? p + a * identity : times(q);
    if (!last) {
      gram = times(times(gram));
      continue;
    }
    float mean = first ? a : q.trace() / q.rows();
    x = product(q - mean * identity, x) + mean * x;
  }
  return x;
}

static Wide exactSteps(Wide x) {
  for (unsigned i = 0; i < stepCount; ++i) {
    Wide gram = x * x.transpose();
    x = (muonStep.a * x + (muonStep.b * gram + muonStep.c * (gram * gram)) * x)
            .eval();
  }
  return x;
}

static double spectralNorm(const Wide &a) {
  Eigen::SelfAdjointEigenSolver<Wide> solver(a * a.transpose(),
                                             Eigen::EigenvaluesOnly);
  return std::sqrt(solver.eigenvalues().maxCoeff());
}

/// By how much a step of those moves values.
static double distancePerStep(const Narrow &rounded, const Wide &exact) {
  return spectralNorm(rounded.cast<double>() - exact) / stepCount;
}

static float roundToTF32(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  bits += 0xfff + ((bits >> 13) & 1);
  return llvm::bit_cast<float>(bits & ~uint32_t(0x1fff));
}

static std::vector<Factors> getFactors(mlir::MLIRContext &context) {
  return {{"bf16", mlir::BFloat16Type::get(&context),
           [](float x) { return float(Eigen::bfloat16(x)); }},
          {"f16", mlir::Float16Type::get(&context),
           [](float x) { return float(Eigen::half(x)); }},
          {"tf32", mlir::FloatTF32Type::get(&context), roundToTF32}};
}

static Wide gaussian(int rows, int cols, std::mt19937 &generator) {
  std::normal_distribution<double> normal;
  return Wide::NullaryExpr(rows, cols, [&] { return normal(generator); });
}

static Wide orthonormal(int rows, int cols, std::mt19937 &generator) {
  Eigen::HouseholderQR<Wide> qr(gaussian(rows, cols, generator));
  return qr.householderQ() * Wide::Identity(rows, cols);
}

/// Matrices that are hard for rounded products, each in its own way.
static std::vector<std::pair<std::string, Wide>>
matricesOf(int rows, int cols, std::mt19937 &generator) {
  std::vector<std::pair<std::string, Wide>> matrices;
  auto add = [&](const char *kind, const Wide &x) {
    matrices.emplace_back(kind, x);
  };
  auto addSpectrum = [&](const char *kind, auto valueOf) {
    Eigen::VectorXd s(rows);
    for (int i = 0; i < rows; ++i)
      s[i] = valueOf(i);
    add(kind, orthonormal(rows, rows, generator) * s.asDiagonal() *
                  orthonormal(cols, rows, generator).transpose());
  };
  add("gaussian", gaussian(rows, cols, generator));
  add("signs", gaussian(rows, cols, generator).cwiseSign());
  add("identity", Wide::Identity(rows, cols));
  add("all equal", Wide::Ones(rows, cols));
  add("nearly equal",
      Wide::Ones(rows, cols) + 0.05 * gaussian(rows, cols, generator));
  addSpectrum("equal values", [](int) { return 1; });
  addSpectrum("decay to 1e-4",
              [&](int i) { return std::pow(1e-4, double(i) / rows); });
  addSpectrum("rank 1", [](int i) { return i == 0; });
  addSpectrum("rank m / 8", [&](int i) { return i < rows / 8; });
  addSpectrum("one large value", [](int i) { return i ? 0.05 : 1; });
  // Entries that have no normal number in f16.
  addSpectrum("one far larger value", [](int i) { return i ? 1e-4 : 1; });
  Wide x = gaussian(rows, cols, generator);
  x.topRows(2) *= 100;
  add("two large rows", x);
  x = gaussian(rows, cols, generator);
  x(0, 0) = 1e3;
  add("one large entry", x);
  x = gaussian(rows, cols, generator);
  for (int i = 0; i < rows; ++i)
    x.row(i) *= std::pow(1e-4, double(i) / rows);
  add("decaying rows", x);
  x = gaussian(rows, cols, generator);
  for (double &entry : x.reshaped())
    entry *= std::abs(entry) > 2;
  add("sparse", x);
  return matrices;
}

/// A segment of two steps, which multiply small values by 11.9: what
/// `RoundedGramSign.cpp` allows.
static constexpr unsigned segment = 2;

TEST(RoundedSteps, StayWithinTheConstants) {
  mlir::MLIRContext context;
  std::mt19937 generator(1);
  constexpr int shapes[][2] = {{16, 16}, {16, 128}, {40, 120}, {80, 80}};
  for (const Factors &factors : getFactors(context)) {
    RoundedSteps steps(factors.round);
    double most = getRoundingPerStep(factors.type), largest = 0;
    for (auto [rows, cols] : shapes)
      for (const auto &[kind, matrix] : matricesOf(rows, cols, generator)) {
        SCOPED_TRACE(std::string(factors.name) + ", " + kind + ", " +
                     std::to_string(rows) + " x " + std::to_string(cols));
        Narrow x = (matrix / matrix.norm()).cast<float>();
        Wide exact = exactSteps(x.cast<double>());
        for (const Narrow &rounded :
             {steps.standard(x), steps.gram(x, segment)}) {
          double distance = distancePerStep(rounded, exact);
          EXPECT_LE(distance, most);
          largest = std::max(largest, distance);
        }
      }
    // Not for want of rounding.
    EXPECT_GT(largest, most / 10) << factors.name;
  }
}

TEST(RoundedSteps, NeedNoRestartWhereTheGramMatrixIsFlat) {
  mlir::MLIRContext context;
  std::mt19937 generator(2);
  // What all steps multiply the eigenvalues of small singular values by.
  double growth = std::pow(muonStep.a, 2 * stepCount);
  double ofBF16 = getRoundingPerStep(mlir::BFloat16Type::get(&context));
  auto noiseOf = [&](const Narrow &x, const Factors &factors) {
    Narrow gram = x * x.transpose();
    return growth * getFactorRounding(factors.type) *
           gram.rowwise().norm().maxCoeff();
  };
  for (const Factors &factors : getFactors(context)) {
    if (factors.type.isBF16())
      continue; // From 700 rows on.
    RoundedSteps steps(factors.round);
    double most = getRoundingPerStep(factors.type);
    unsigned flat = 0;
    for (const auto &[kind, matrix] : matricesOf(384, 384, generator)) {
      Narrow x = (matrix / matrix.norm()).cast<float>();
      // The rule of `RoundedGramSign.cpp`, for the tightest contract that
      // allows such factors.
      if (noiseOf(x, factors) > most / ofBF16)
        continue;
      ++flat;
      EXPECT_LE(distancePerStep(steps.gram(x, stepCount),
                                exactSteps(x.cast<double>())),
                most)
          << factors.name << ", " << kind;
    }
    EXPECT_GE(flat, 3u) << factors.name;
  }
  // The rule tells apart: nearly of rank 1, without restarts, is far off.
  const Factors f16 = getFactors(context)[1];
  Wide matrix = Wide::Ones(64, 64) + 0.05 * gaussian(64, 64, generator);
  Narrow x = (matrix / matrix.norm()).cast<float>();
  EXPECT_GT(noiseOf(x, f16), 1);
  EXPECT_GT(distancePerStep(RoundedSteps(f16.round).gram(x, stepCount),
                            exactSteps(x.cast<double>())),
            getRoundingPerStep(f16.type));
}
