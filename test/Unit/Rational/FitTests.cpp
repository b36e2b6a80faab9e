//===- FitTests.cpp - best rational functions -----------------------------===//

#include "lib/Support/Rational.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

/// The largest |t^exponent h(t) - 1| on a dense logarithmic grid.
static double sampledError(const PartialFractions &h, double exponent,
                           double lower, double upper) {
  double error = 0;
  for (int i = 0; i <= 40000; ++i) {
    double t = lower * std::pow(upper / lower, i / 40000.0);
    error = std::max(error, std::abs(std::pow(t, exponent) * h(t) - 1));
  }
  return error;
}

TEST(Zolotarev, HasTheCoefficientsOfTheTable) {
  RationalFit fit = zolotarev(1e-2, 3);
  const double weights[] = {.0277862, .1315467, .7968625};
  const double poles[] = {9.30009e-5, 4.20800e-3, .1392445};
  double centre = fit.function.constant;
  EXPECT_NEAR(centre, .5448878, 1e-7);
  EXPECT_NEAR(fit.error, .0125349, 1e-7);
  ASSERT_EQ(fit.function.poles.size(), 3u);
  for (int j = 0; j < 3; ++j) {
    EXPECT_NEAR(fit.function.weights[j] / centre, weights[j], 1e-7);
    EXPECT_NEAR(fit.function.poles[j] / poles[j], 1, 1e-5);
  }
}

TEST(Zolotarev, HasTheErrorsOfTheTable) {
  const struct {
    double lowest, errors[5];
  } rows[] = {{3e-2, {.19, 2.6e-2, 3.4e-3, 4.6e-4, 6e-5}},
              {1e-2, {.33, 6.5e-2, 1.3e-2, 2.4e-3, 4.6e-4}},
              {3e-3, {.48, .13, 3.3e-2, 8.3e-3, 2.1e-3}},
              {1e-3, {.60, .20, 6.2e-2, 1.9e-2, 5.8e-3}}};
  for (auto &row : rows)
    for (unsigned r = 1; r <= 5; ++r)
      EXPECT_NEAR(zolotarev(row.lowest, r).error, row.errors[r - 1],
                  0.05 * row.errors[r - 1])
          << row.lowest << " " << r;
}

TEST(Zolotarev, StaysWithinItsErrorAndTakesBothEnds) {
  for (double lowest : {0.5, 3e-2, 1e-3, 1e-5, 1e-7})
    for (unsigned terms : {1u, 2u, 5u, 9u, 16u}) {
      RationalFit fit = zolotarev(lowest, terms);
      const PartialFractions &h = fit.function;
      double rounding = 1e-12;
      EXPECT_LE(sampledError(h, 0.5, lowest * lowest, 1), fit.error + rounding)
          << lowest << " " << terms;
      EXPECT_NEAR(lowest * h(lowest * lowest), 1 - fit.error, rounding);
      EXPECT_NEAR(h(1), 1 + fit.error, rounding);
      EXPECT_GT(h.constant, 0);
      for (unsigned j = 0; j < terms; ++j) {
        EXPECT_GT(h.weights[j], 0);
        EXPECT_GT(h.poles[j], j == 0 ? 0 : h.poles[j - 1]);
      }
    }
}

TEST(Zolotarev, RisesBelowTheIntervalAndMildlyAboveIt) {
  for (double lowest : {3e-2, 1e-3, 1e-5})
    for (unsigned terms : {1u, 3u, 7u}) {
      RationalFit fit = zolotarev(lowest, terms);
      auto value = [&](double x) { return x * fit.function(x * x); };
      double before = 0;
      for (double x = 1e-12; x <= lowest; x *= 1.1) {
        EXPECT_GT(value(x), before);
        EXPECT_LE(value(x), 1);
        before = value(x);
      }
      EXPECT_LT(value(1.1), 1.1 * (1 + fit.error));
    }
  // The table's: an underestimate of the norm by 10 % does little.
  RationalFit fit = zolotarev(1e-2, 3);
  EXPECT_NEAR(1.1 * fit.function(1.21), 1.03, 5e-3);
}

TEST(BestInversePower, IsZolotarevsForTheSquareRoot) {
  // From the neighbour 0.499, one exchange away.
  RationalFit zolotarevs = zolotarev(1e-2, 4);
  RationalFit near = *bestInversePower(0.4999, 1e-4, 4);
  EXPECT_NEAR(near.error / zolotarevs.error, 1, 1e-3);
  for (int j = 0; j < 4; ++j)
    EXPECT_NEAR(near.function.poles[j] / zolotarevs.function.poles[j], 1, 2e-3);
}

TEST(BestInversePower, HasTheErrorsOfTheTable) {
  const struct {
    double exponent, lowest, errors[3];
  } rows[] = {// Roots of order 4 with conditions 1e4 and 1e6.
              {0.25, 1e-4, {4.2e-2, 8.3e-3, 1.7e-3}},
              {0.25, 1e-6, {.134, 4.2e-2, 1.3e-2}},
              // Schatten-4 on [1e-2, 1].
              {1 / 3., 1e-4, {5.3e-2, 1.05e-2, 2.0e-3}}};
  for (auto &row : rows)
    for (unsigned r = 2; r <= 4; ++r)
      EXPECT_NEAR(bestInversePower(row.exponent, row.lowest, r)->error,
                  row.errors[r - 2], 0.05 * row.errors[r - 2]);
}

TEST(BestInversePower, EquioscillatesWithPositiveCoefficients) {
  for (double exponent : {0.45, 1 / 3., 0.25, 0.125, 0.02})
    for (double lowest : {0.1, 1e-4, 1e-8, 1e-12})
      for (unsigned terms : {1u, 2u, 4u, 8u}) {
        std::optional<RationalFit> fit =
            bestInversePower(exponent, lowest, terms);
        ASSERT_TRUE(fit) << exponent << " " << lowest << " " << terms;
        const PartialFractions &h = fit->function;
        double error = sampledError(h, exponent, lowest, 1);
        EXPECT_NEAR(error, fit->error, 1e-5 * fit->error + 1e-14);
        EXPECT_GT(h.constant, 0);
        for (unsigned j = 0; j < terms; ++j) {
          EXPECT_GT(h.weights[j], 0);
          EXPECT_GT(h.poles[j], j == 0 ? 0 : h.poles[j - 1]);
        }
        // 2 r + 2 alternating extrema: the best there is (Chebyshev).
        int changes = 0, sign = 0;
        for (int i = 0; i <= 40000; ++i) {
          double t = lowest * std::pow(lowest, -i / 40000.0);
          double distance = std::pow(t, exponent) * h(t) - 1;
          if (std::abs(distance) < 0.99 * fit->error)
            continue;
          int now = distance > 0 ? 1 : -1;
          changes += sign != 0 && now != sign;
          sign = now;
        }
        if (fit->error > 1e-12)
          EXPECT_EQ(changes, int(2 * terms + 1))
              << exponent << " " << lowest << " " << terms;
      }
}

TEST(ImageOf, FractionsAreWhatSamplingFinds) {
  PartialFractions h = zolotarev(1e-3, 4).function;
  for (double lower : {0.0, 1e-9, 1e-6, 1e-3})
    for (double upper : {1e-2, 1.0, 2.0}) {
      Range image = imageOf(h, 0.5, lower, upper);
      double least = 1e300, most = 0;
      for (int i = 0; i <= 40000; ++i) {
        double from = std::max(lower, 1e-14);
        double t = from * std::pow(upper / from, i / 40000.0);
        least = std::min(least, std::sqrt(t) * h(t));
        most = std::max(most, std::sqrt(t) * h(t));
      }
      EXPECT_LE(image.lower, least + 1e-14);
      EXPECT_GE(image.upper, most - 1e-14);
      EXPECT_NEAR(image.upper, most, 1e-5);
      EXPECT_NEAR(image.lower, lower == 0 ? 0 : least, 1e-5);
    }
}
