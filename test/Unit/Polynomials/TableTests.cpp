//===- TableTests.cpp - published odd polynomials -------------------------===//

#include "lib/Support/Polynomials.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

/// The gain of small values, p'(0).
static double gain(const OddSteps &steps) {
  double product = 1;
  for (const OddStep &step : steps)
    product *= step.a;
  return product;
}

struct Quality {
  const char *name;
  unsigned count;
  double gain;
  /// Largest distance from 1 on [1e-3, 1], [1e-2, 1], [0.05, 1]; negative where
  /// the source has no number.
  double errors[3];
};

TEST(Table, QualityIsAsPublished) {
  const Quality rows[] = {
      {"muon", 5, 485, {.5295, .3182, .3182}},
      {"muon", 6, 1670, {.3182, .3182, .3182}},
      {"muon", 10, 2.4e5, {.3182, .3182, .3182}},
      {"you5", 5, 493, {.525, .0318, .0318}},
      {"you", 6, 1138, {.1337, .0044, .0044}},
      {"polar_express", 5, 976, {.154, .130, -1}},
      {"polar_express", 6, 1828, {5.6e-3, 2.6e-3, -1}},
      {"polar_express", 8, 6363, {2e-15, -1, -1}},
      {"newton_schulz", 5, 23, {.977, .77, .148}},
      {"newton_schulz", 10, 537, {.501, 2e-10, -1}},
      {"newton_schulz", 15, 1.2e4, {2e-16, -1, -1}},
      {"cubic", 10, 58, {.942, .471, 4.7e-4}},
  };
  const double lowest[] = {1e-3, 1e-2, 0.05};
  for (const Quality &row : rows) {
    std::optional<OddSteps> steps = table(row.name, row.count);
    ASSERT_TRUE(steps);
    ASSERT_EQ(steps->size(), row.count);
    EXPECT_NEAR(gain(*steps), row.gain, 0.04 * row.gain) << row.name;
    for (int i = 0; i < 3; ++i) {
      if (row.errors[i] < 0)
        continue;
      double error = imageOf(*steps, lowest[i], 1).error();
      // The tiny ones were rounded to one digit.
      double rounding = row.errors[i] < 1e-8 ? 0.26 : 0.02;
      EXPECT_NEAR(error, row.errors[i], rounding * row.errors[i] + 2e-15)
          << row.name << " " << row.count << " on " << lowest[i];
    }
  }
  // The published range of Jordan's iteration.
  Range range = imageOf(*table("muon", 5), 0.05, 1);
  EXPECT_NEAR(range.lower, 0.682, 1e-3);
  EXPECT_NEAR(range.upper, 1.134, 1e-3);
}

TEST(Table, ShortSequencesStartAtTheFront) {
  OddSteps all = *table("polar_express", 8), three = *table("polar_express", 3);
  ASSERT_EQ(three.size(), 3u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(three[i].a, all[i].a);
}

TEST(Table, LongSequencesRepeatTheLastStep) {
  OddSteps steps = *table("polar_express", 11);
  ASSERT_EQ(steps.size(), 11u);
  EXPECT_EQ(steps[10].a, 1.875);
  EXPECT_EQ(steps[8].b, -1.25);
  EXPECT_TRUE(table("muon", 0)->empty());
}

TEST(Table, RoundedPolarExpressOfOthers) {
  OddSteps steps = *table("polar_express", 2);
  EXPECT_NEAR(steps[0].a, 8.2051, 1e-4);
  EXPECT_NEAR(steps[0].b, -22.9019, 1e-4);
  EXPECT_NEAR(steps[0].c, 16.4607, 1e-4);
  EXPECT_NEAR(steps[1].c, 0.5184, 1e-4);
}

TEST(Table, UnknownNamesAreRefused) {
  EXPECT_FALSE(table("jordan", 5));
  std::vector<std::string_view> names = tableNames();
  for (const char *name :
       {"muon", "newton_schulz", "cubic", "polar_express", "you", "you5"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end());
}
