//===- OptimalTests.cpp - generated odd polynomials -----------------------===//

#include "lib/Support/Polynomials.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

/// The largest distance from 1 on a dense logarithmic and a dense linear grid.
static double sampledError(const OddSteps &steps, double lower, double upper) {
  double error = 0;
  for (int i = 0; i <= 20000; ++i) {
    double t = i / 20000.0;
    for (double x :
         {lower + t * (upper - lower), lower * std::pow(upper / lower, t)})
      error = std::max(error, std::abs(evaluate(steps, x) - 1));
  }
  return error;
}

TEST(BestQuintic, HasThePublishedFirstStep) {
  OddStep step = bestQuintic(1e-3, 1);
  EXPECT_NEAR(step.a, 8.4703288, 1e-6);
  EXPECT_NEAR(step.b, -25.1080747, 1e-6);
  EXPECT_NEAR(step.c, 18.6292756, 1e-6);
  EXPECT_NEAR(imageOf({step}, 1e-3, 1).error(), 0.99153, 1e-5);
}

TEST(BestQuintic, Equioscillates) {
  for (double lower : {1e-8, 1e-4, 0.01, 0.3, 0.9, 0.999, 0.99999, 0.999996}) {
    OddStep step = bestQuintic(lower, 1);
    Range image = imageOf({step}, lower, 1);
    EXPECT_NEAR(step(lower), image.lower, 1e-13) << lower;
    EXPECT_NEAR(step(1), image.upper, 1e-13) << lower;
    EXPECT_NEAR(image.lower + image.upper, 2, 1e-13) << lower;
    // No other scaling or small change is better.
    for (double change : {0.999, 1.001})
      for (OddStep other : {OddStep{step.a * change, step.b, step.c},
                            OddStep{step.a, step.b * change, step.c},
                            OddStep{step.a, step.b, step.c * change}})
        EXPECT_GT(imageOf({other}, lower, 1).error(), image.error()) << lower;
  }
}

TEST(BestQuintic, ScalesWithItsInterval) {
  OddStep step = bestQuintic(0.2, 1.6), unit = bestQuintic(0.125, 1);
  EXPECT_NEAR(step.a, unit.a / 1.6, 1e-13);
  EXPECT_NEAR(step.b, unit.b / std::pow(1.6, 3), 1e-13);
  EXPECT_NEAR(step.c, unit.c / std::pow(1.6, 5), 1e-13);
}

TEST(BestCubic, Equioscillates) {
  for (double lower : {1e-3, 0.1, 0.5, 0.99}) {
    OddStep step = bestCubic(lower, 1.2);
    Range image = imageOf({step}, lower, 1.2);
    EXPECT_EQ(step.c, 0);
    EXPECT_NEAR(step(lower), step(1.2), 1e-14);
    EXPECT_NEAR(step(lower), image.lower, 1e-14);
    EXPECT_NEAR(image.lower + image.upper, 2, 1e-14);
  }
}

TEST(ImageOf, IsWhatSamplingFinds) {
  for (double lower : {1e-3, 0.02, 0.3})
    for (unsigned count : {1u, 3u, 5u}) {
      OddSteps steps = *table("muon", count);
      Range image = imageOf(steps, lower, 1);
      double sampled = sampledError(steps, lower, 1);
      EXPECT_LE(sampled, image.error() + 1e-15);
      EXPECT_NEAR(sampled, image.error(), 1e-4);
    }
  Range odd = imageOf({{1.5, -0.5, 0}}, -2, 2);
  EXPECT_EQ(odd.lower, -1);
  EXPECT_EQ(odd.upper, 1);
}

struct ErrorRow {
  double lowest;
  std::vector<double> errors;
};

TEST(OptimalSteps, HaveTheErrorsOfTheTable) {
  const ErrorRow rows[] = {
      {.3, {.11, 8e-4, 3e-10}},
      {.1, {.45, .063, 1.5e-4, 2e-12}},
      {.05, {.66, .22, 6.6e-3, 1.8e-7}},
      {.03, {.78, .38, .036, 3.0e-5, 2e-14}},
      {.01, {.92, .71, .27, .013, 1.2e-6}},
      {3e-3, {.97, .90, .65, .20, 4.9e-3, 7.5e-8}},
      {1e-3, {.99, .96, .86, .55, .113, 9e-4, 5e-10}},
      {1e-4, {1, 1, .98, .94, .76, .35, .029, 1.5e-5}},
      {1e-5, {1, 1, 1, .99, .97, .89, .62, .17}},
  };
  for (const ErrorRow &row : rows)
    for (size_t i = 0; i < row.errors.size(); ++i) {
      OddSteps steps = optimalSteps(row.lowest, i + 1);
      double error = imageOf(steps, row.lowest, 1).error();
      // The table rounds to one or two digits.
      double rounding = row.errors[i] >= 0.5 ? 0.01 : 0.26 * row.errors[i];
      EXPECT_NEAR(error, row.errors[i], rounding)
          << row.lowest << " after " << i + 1 << " steps";
      EXPECT_LE(sampledError(steps, row.lowest, 1), error + 1e-15);
    }
}

TEST(OptimalSteps, WithACushionAreThePublishedOnes) {
  StepOptions options;
  options.cushion = 0.02407327424182761;
  OddSteps steps = optimalSteps(1e-3, 8, options);
  const OddStep published[] = {
      {8.28721201814563, -23.595886519098837, 17.300387312530933},
      {4.107059111542203, -2.9478499167379106, 0.5448431082926601},
      {3.9486908534822946, -2.908902115962949, 0.5518191394370137},
      {3.3184196573706015, -2.488488024314874, 0.51004894012372},
      {2.300652019954817, -1.6689039845747493, 0.4188073119525673},
      {1.891301407787398, -1.2679958271945868, 0.37680408948524835},
      {1.8750014808534479, -1.2500016453999487, 0.3750001645474248},
      {1.875, -1.25, 0.375}};
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_NEAR(steps[i].a, published[i].a, 1e-6) << i;
    EXPECT_NEAR(steps[i].b, published[i].b, 1e-6) << i;
    EXPECT_NEAR(steps[i].c, published[i].c, 1e-6) << i;
    for (double x = 0.001; x <= 1; x += 0.001)
      EXPECT_GT(steps[i](x) / x, 0.236);
  }
}

TEST(StepsFor, MeetTheBandWithTheFewestSteps) {
  for (double lowest : {0.9, 0.3, 0.03, 1e-3, 1e-5, 1e-7})
    for (double error : {0.3, 0.1, 1e-2, 1e-4, 1e-6, 1e-10, 1e-14}) {
      std::optional<Schedule> schedule = stepsFor(lowest, error);
      ASSERT_TRUE(schedule) << lowest << " " << error;
      EXPECT_LE(schedule->error, error);
      double upper = 1 + inputSlack;
      EXPECT_LE(sampledError(schedule->steps, lowest, upper),
                schedule->error + 1e-15);
      // One step less does not do it, not even without any slack, unless it
      // nearly does.
      size_t count = schedule->steps.size();
      if (count > 1)
        EXPECT_GT(imageOf(optimalSteps(lowest, count - 1), lowest, 1).error(),
                  0.5 * error)
            << lowest << " " << error;
      // Centred, unless the error is rounding.
      Range image = imageOf(schedule->steps, lowest, upper);
      EXPECT_NEAR(image.lower + image.upper, 2, 1e-14);
    }
}

TEST(StepsFor, SmallerValuesStayBetweenZeroAndTheBand) {
  for (double lowest : {0.3, 0.01, 1e-3, 1e-5})
    for (double error : {0.1, 1e-2, 1e-6}) {
      Schedule schedule = *stepsFor(lowest, error);
      for (double x = lowest; x > 1e-12; x *= 0.97) {
        double value = evaluate(schedule.steps, x);
        EXPECT_GT(value, 0);
        EXPECT_LE(value, 1 + schedule.error);
      }
    }
}

TEST(StepsFor, SurviveRoundingInEveryStep) {
  // The worst that rounding of 1e-4 can do, also to the largest inputs.
  for (double lowest : {0.3, 0.01, 1e-3})
    for (double error : {0.1, 1e-2, 1e-4}) {
      Schedule schedule = *stepsFor(lowest, error);
      Range range{lowest, 1 + inputSlack};
      for (const OddStep &step : schedule.steps) {
        range = imageOf({step}, range.lower, range.upper);
        EXPECT_GT(range.lower, 0);
        EXPECT_LT(range.upper, 2.01);
        range.upper *= 1 + 1e-4;
        range.lower *= 1 - 1e-4;
      }
      EXPECT_LT(range.error(), 1.1 * error + 3e-4);
    }
}

TEST(StepsFor, TheLastStepIsPositiveBeyondItsInterval) {
  for (double lowest : {0.3, 0.01, 1e-3})
    for (double error : {0.1, 1e-2, 1e-6}) {
      OddSteps steps = stepsFor(lowest, error)->steps;
      for (double x = 1e-3; x <= 1.01; x += 1e-3) {
        EXPECT_GT(steps.back()(x), 0);
        EXPECT_GT(evaluate(steps, x), 0);
        EXPECT_LE(evaluate(steps, x), 1 + error);
      }
    }
}

TEST(StepsFor, ImpossibleBandsAreRefused) {
  EXPECT_FALSE(stepsFor(0.1, 0));
  EXPECT_FALSE(stepsFor(0.1, 1e-30));
  EXPECT_FALSE(stepsFor(0, 0.1));
  EXPECT_FALSE(stepsFor(1, 0.1));
  EXPECT_FALSE(stepsFor(NAN, 0.1));
  EXPECT_FALSE(stepsFor(0.1, NAN));
}

TEST(OptimalSteps, TakeCubicOnes) {
  // The closed form, scaled so that the image has its middle at 1 as it is.
  OddStep closed = bestCubic(0.2, 1);
  OddSteps steps = optimalSteps(0.2, {3, 3, 5});
  EXPECT_NEAR(steps[0].a, closed.a, 1e-14);
  EXPECT_NEAR(steps[0].b, closed.b, 1e-14);
  Range image{0.2, 1};
  for (size_t i = 0; i < 3; ++i) {
    OddStep best = i < 2 ? bestCubic(image.lower, image.upper)
                         : bestQuintic(image.lower, image.upper);
    EXPECT_NEAR(steps[i].a, best.a, 1e-12);
    EXPECT_NEAR(steps[i].b, best.b, 1e-12);
    EXPECT_NEAR(steps[i].c, best.c, 1e-12);
    image = imageOf({steps[i]}, image.lower, image.upper);
  }
  // alpha^2 = 3 / (1 + 0.2 + 0.04), beta = 4 / (2 + 0.24 alpha^3).
  double alpha = std::sqrt(3 / 1.24);
  double beta = 4 / (2 + 0.24 * alpha * alpha * alpha);
  EXPECT_NEAR(imageOf({closed}, 0.2, 1).error(), beta - 1, 1e-14);
}

TEST(Products, AreThoseOfTheForms) {
  const OddStep quintic{1, 1, 1}, cubic{1, 1, 0};
  EXPECT_EQ(fullProducts({quintic, cubic, quintic}), 2u);
  // G, P, two for the next G; P, Q.
  EXPECT_EQ(gramProducts({quintic, quintic}), 5u);
  EXPECT_EQ(gramProducts({quintic, cubic}), 4u);
  EXPECT_EQ(gramProducts({cubic, cubic}), 3u);
  EXPECT_EQ(gramProducts({quintic}), 1u);
  EXPECT_EQ(gramProducts({cubic}), 0u);
}

/// Products of n x m matrices, n = `aspect` m, in units of a symmetric one of
/// m x m.
static double costOf(const OddSteps &steps, double aspect, bool inGram) {
  return inGram ? 3 * aspect + gramProducts(steps)
                : 3 * aspect * steps.size() + fullProducts(steps);
}

TEST(SchedulesFor, KeepTheBand) {
  size_t mixed = 0;
  for (double lowest : {0.9, 0.5, 0.3, 0.1, 0.01, 1e-3, 1e-5})
    for (double error : {0.3, 0.1, 1e-2, 1e-4, 1e-6, 1e-14}) {
      std::vector<Schedule> schedules = schedulesFor(lowest, error);
      ASSERT_FALSE(schedules.empty());
      OddSteps quintic = stepsFor(lowest, error)->steps;
      ASSERT_EQ(schedules[0].steps.size(), quintic.size());
      EXPECT_EQ(fullProducts(schedules[0].steps), quintic.size());
      mixed += schedules.size() - 1;
      for (const Schedule &schedule : schedules) {
        EXPECT_LE(schedule.error, error);
        double upper = 1 + inputSlack;
        EXPECT_LE(sampledError(schedule.steps, lowest, upper),
                  schedule.error + 1e-15);
        for (double x = lowest; x > 1e-12; x *= 0.9) {
          EXPECT_GT(evaluate(schedule.steps, x), 0);
          EXPECT_LE(evaluate(schedule.steps, x), 1 + schedule.error);
        }
        // What rounding carries beyond the interval of a step does no harm.
        Range range{lowest, upper};
        for (const OddStep &step : schedule.steps) {
          range = imageOf({step}, range.lower, range.upper);
          EXPECT_GT(range.lower, 0);
          range.upper *= 1 + 1e-7;
          range.lower *= 1 - 1e-7;
        }
        EXPECT_LT(range.error(), 1.1 * error + 3e-7);
      }
    }
  EXPECT_GT(mixed, 20u);
}

TEST(SchedulesFor, NoOtherOrderIsCheaper) {
  StepOptions options;
  options.upper = 1 + inputSlack;
  options.slack = stepSlack;
  for (double lowest : {0.5, 0.1, 0.02, 2e-3})
    for (double error : {0.3, 0.05, 5e-3}) {
      std::vector<Schedule> schedules = schedulesFor(lowest, error);
      unsigned most = schedules[0].steps.size() + 1;
      for (bool inGram : {false, true})
        for (double aspect : {1.0, 4.0}) {
          double least = INFINITY;
          for (const Schedule &schedule : schedules)
            least = std::min(least, costOf(schedule.steps, aspect, inGram));
          for (unsigned count = 1; count <= most; ++count)
            for (unsigned choice = 0; choice < 1u << count; ++choice) {
              std::vector<unsigned> degrees;
              for (unsigned i = 0; i < count; ++i)
                degrees.push_back(choice >> i & 1 ? 5 : 3);
              OddSteps steps = optimalSteps(lowest, degrees, options);
              if (imageOf(steps, lowest, options.upper).error() <= error)
                EXPECT_GE(costOf(steps, aspect, inGram), least)
                    << lowest << " " << error << " " << choice << " of "
                    << count;
            }
        }
    }
}

TEST(SchedulesFor, OneCubicStepWhereTheBandIsWide) {
  // beta - 1 = 0.0883 for [0.5, 1.01].
  auto hasSingleCubic = [](double error) {
    for (const Schedule &schedule : schedulesFor(0.5, error))
      if (schedule.steps.size() == 1 && schedule.steps[0].c == 0)
        return true;
    return false;
  };
  EXPECT_TRUE(hasSingleCubic(0.1));
  EXPECT_FALSE(hasSingleCubic(0.08));
}

TEST(SchedulesFor, ImpossibleBandsAreRefused) {
  EXPECT_TRUE(schedulesFor(0.1, 1e-30).empty());
  EXPECT_TRUE(schedulesFor(0, 0.1).empty());
}
