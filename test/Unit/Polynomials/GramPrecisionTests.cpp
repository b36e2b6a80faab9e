//===- GramPrecisionTests.cpp - rounding of the Gram form -----------------===//
//
// What rounding does to steps in Gram form is bounded by a model. Here the
// steps are made in float32 on matrices of all kinds and compared with exact
// ones, in the basis of the singular vectors.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/GramPrecision.h"
#include <Eigen/SVD>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

using namespace steepest;
using Wide = Eigen::MatrixXd;
using Narrow = Eigen::MatrixXf;

/// The lower half, mirrored: what a product of a symmetric result computes.
static Narrow mirrored(const Narrow &a) {
  Narrow result = a.selfadjointView<Eigen::Lower>();
  return result;
}

/// The steps on X / ||X||_S4 for tall X of ||X||_F = 1, as GramSteps.h has
/// them.
static Narrow stepsInGramForm(Narrow x, const OddSteps &steps,
                              const std::vector<unsigned> &starts) {
  Narrow gram = mirrored(x.transpose() * x), q;
  Narrow identity = Narrow::Identity(gram.rows(), gram.cols());
  double t = gram.cast<double>().norm();
  gram *= float(1 / t);
  float scale = float(1 / std::sqrt(t));
  auto isStart = [&](size_t i) {
    return std::find(starts.begin(), starts.end(), i) != starts.end();
  };
  for (size_t i = 0; i < steps.size(); ++i) {
    float a = float(steps[i].a), b = float(steps[i].b), c = float(steps[i].c);
    bool last = i + 1 == steps.size() || isStart(i + 1);
    if (i > 0 && isStart(i))
      gram = mirrored(x.transpose() * x);
    Narrow p = mirrored(c * (gram * gram) + b * gram + a * identity);
    q = isStart(i) ? p : mirrored(p * q);
    if (!last) {
      Narrow half = mirrored(p * gram);
      gram = mirrored(p * half);
      continue;
    }
    x = x * q * scale;
    scale = 1;
  }
  return x;
}

static Wide orthonormal(int rows, int cols, std::mt19937 &generator) {
  std::normal_distribution<double> normal;
  Wide a = Wide::NullaryExpr(rows, cols, [&] { return normal(generator); });
  Eigen::HouseholderQR<Wide> qr(a);
  return qr.householderQ() * Wide::Identity(rows, cols);
}

namespace {
/// How far the steps are from exact ones where `lowest` has a say.
struct Measured {
  double values = 0, vectors = 0, largest = 0;
};
} // namespace

static Measured measure(const Wide &given, const OddSteps &steps,
                        const std::vector<unsigned> &starts, double lowest) {
  Narrow start = (given / given.norm()).cast<float>();
  Wide x = start.cast<double>();
  Wide phi = stepsInGramForm(start, steps, starts).cast<double>();
  Eigen::JacobiSVD<Wide, Eigen::HouseholderQRPreconditioner> svd(
      x, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Eigen::VectorXd s = svd.singularValues();
  s /= std::sqrt(s.array().square().matrix().norm());
  int count = 0;
  while (count < s.size() && s[count] >= lowest)
    ++count;
  Wide inBasis = svd.matrixU().transpose() * phi * svd.matrixV();
  Wide off = inBasis;
  std::vector<double> exact;
  for (int i = 0; i < s.size(); ++i) {
    double value = evaluate(steps, s[i]);
    off(i, i) -= value;
    if (i < count)
      exact.push_back(value);
  }
  Measured measured;
  auto norm = [](const Wide &a) {
    return Eigen::JacobiSVD<Wide>(a).singularValues().maxCoeff();
  };
  measured.largest = norm(inBasis);
  measured.vectors =
      std::max(norm(off.topRows(count)), norm(off.leftCols(count)));
  std::sort(exact.rbegin(), exact.rend());
  for (const Wide &part : {Wide(inBasis.topRows(count)),
                           Wide(inBasis.leftCols(count).transpose())}) {
    Eigen::VectorXd values = Eigen::JacobiSVD<Wide>(part).singularValues();
    for (int i = 0; i < count; ++i)
      measured.values =
          std::max(measured.values, std::abs(values[i] - exact[i]));
  }
  // What <X, Phi> is a sum of.
  for (int i = 0; i < count; ++i)
    measured.values = std::max(
        measured.values, -off(i, i) - measured.vectors * measured.vectors);
  return measured;
}

/// Spectra of `count` values.
static std::vector<std::pair<std::string, Eigen::VectorXd>>
spectraOf(int count, std::mt19937 &generator) {
  std::vector<std::pair<std::string, Eigen::VectorXd>> spectra;
  std::uniform_real_distribution<double> uniform(0.1, 1);
  for (int rank : {1, 2, 3, 4, count / 2, count}) {
    Eigen::VectorXd s = Eigen::VectorXd::Zero(count);
    for (int i = 0; i < std::min(rank, count); ++i)
      s[i] = uniform(generator);
    spectra.emplace_back("rank " + std::to_string(rank), s);
  }
  Eigen::VectorXd decay(count), levels(count), few(count);
  for (int i = 0; i < count; ++i) {
    decay[i] = std::pow(1e-4, double(i) / count);
    levels[i] = i < count / 2 ? 1 : 3e-3;
    few[i] = i < 4 ? std::pow(10.0, -0.7 * i) : 0;
  }
  spectra.emplace_back("decaying", decay);
  spectra.emplace_back("two levels", levels);
  spectra.emplace_back("four, apart", few);
  return spectra;
}

/// The rounding of a chain of products, which no place of the spectrum
/// explains (`roundingOfSteps`).
static constexpr double rounding = 1e-5;

TEST(GramPrecision, BoundsWhatRoundingDoesInFloat32) {
  std::mt19937 generator(1);
  struct Band {
    double lowest, error;
  };
  constexpr int shapes[][2] = {{512, 64}, {300, 40}, {200, 9}, {48, 48}};
  for (Band band : {Band{0.1, 0.1}, Band{1e-2, 1.3e-2}, Band{1e-3, 1e-2}}) {
    // For an extent that is not known.
    double lowest = band.lowest / std::pow(16384, 0.25);
    Schedule schedule = *stepsFor(lowest, band.error);
    double allowance = band.error - schedule.error, most = 1 + band.error;
    std::vector<unsigned> every(schedule.steps.size());
    std::iota(every.begin(), every.end(), 0);
    std::vector<unsigned> placed =
        placeRestarts(schedule.steps, /*schatten4=*/true, 0x1p-23, lowest, most,
                      allowance)
            .starts;
    for (const std::vector<unsigned> &starts : {placed, every}) {
      Deviation bound = deviationOf(schedule.steps, /*schatten4=*/true, starts,
                                    0x1p-23, lowest, most);
      EXPECT_LE(bound.ofBounds(), allowance);
      for (auto [rows, cols] : shapes)
        for (const auto &[kind, spectrum] : spectraOf(cols, generator)) {
          SCOPED_TRACE(kind + ", " + std::to_string(rows) + " x " +
                       std::to_string(cols) + ", lowest " +
                       std::to_string(band.lowest));
          Wide x = orthonormal(rows, cols, generator) * spectrum.asDiagonal() *
                   orthonormal(cols, cols, generator).transpose();
          Measured measured = measure(x, schedule.steps, starts, lowest);
          EXPECT_LE(measured.values, bound.values + rounding);
          EXPECT_LE(measured.vectors, bound.vectors + rounding);
          EXPECT_LE(measured.largest, most);
        }
    }
  }
}

TEST(GramPrecision, SeesVectorsTurnWhereValuesStay) {
  // One singular value that the first step makes small, and a null space.
  double lowest = 0.1 / std::pow(16384, 0.25);
  Schedule schedule = *stepsFor(lowest, 0.1);
  Deviation whole = deviationOf(schedule.steps, /*schatten4=*/true, {0},
                                0x1p-23, lowest, 1.1);
  Deviation restarted = deviationOf(schedule.steps, /*schatten4=*/true, {0, 2},
                                    0x1p-23, lowest, 1.1);
  EXPECT_GT(whole.vectors, 2e-3);
  EXPECT_LT(restarted.vectors, whole.vectors / 10);
  EXPECT_LT(restarted.values, whole.values / 10);
}

TEST(GramPrecision, NeedsNoRestartInFloat64) {
  double lowest = 1e-2 / std::pow(16384, 0.25);
  Schedule schedule = *stepsFor(lowest, 1.3e-2);
  Segments segments = placeRestarts(schedule.steps, /*schatten4=*/true, 0x1p-52,
                                    lowest, 1.013, 1.3e-2 - schedule.error);
  EXPECT_EQ(segments.starts, std::vector<unsigned>{0});
  EXPECT_LT(segments.deviation.ofBounds(), 1e-6);
}
