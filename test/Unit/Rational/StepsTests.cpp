//===- StepsTests.cpp - Zolotarev functions one after another -------------===//

#include "lib/Support/RationalPlan.h"
#include "lib/Support/RationalSteps.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

static constexpr double epsilon = 0x1p-52;

/// Points of [lowest, 1] on a logarithmic scale.
static std::vector<double> pointsFrom(double lowest) {
  std::vector<double> points;
  for (int i = 0; i <= 2000; ++i)
    points.push_back(std::pow(lowest, i / 2000.0));
  return points;
}

TEST(PlanRationalSteps, KeepsTheError) {
  for (double lowest : {0.1, 1e-3, 1e-5, 1e-7, 1e-10, 1e-15})
    for (double error : {1e-2, 1e-4, 1e-6, 1e-9, 1e-12})
      for (bool isFloat64 : {false, true}) {
        std::optional<RationalSchedule> plan =
            planRationalSteps(lowest, error, isFloat64);
        ASSERT_TRUE(plan) << lowest << " " << error << " " << isFloat64;
        EXPECT_LE(plan->error, error);
        for (double x : pointsFrom(lowest))
          EXPECT_LE(std::abs(evaluate(plan->steps, x) - 1),
                    error * (1 + 1e-9) + 8 * epsilon)
              << lowest << " " << error << " at " << x;
        for (double x : pointsFrom(1e-4)) {
          double below = evaluate(plan->steps, x * lowest);
          EXPECT_GE(below, 0);
          EXPECT_LE(below, 1 + error);
        }
      }
}

TEST(PlanRationalSteps, HoldsRoundingToTheError) {
  for (double lowest : {0.1, 1e-3, 1e-5})
    for (double error : {1e-2, 1e-4, 1e-6}) {
      std::optional<RationalSchedule> plan =
          planRationalSteps(lowest, error, /*isFloat64=*/false);
      ASSERT_TRUE(plan);
      EXPECT_LE(plan->error + plan->rounding, error);
      EXPECT_EQ(plan->rounding, roundingOf(plan->steps, false, lowest));
    }
}

TEST(PlanRationalSteps, KeepsPolesFromRounding) {
  // Where rounding of X itself does more than the error, no pole is so small
  // that the Gram matrix turned vectors by more than 2e-10.
  for (double lowest : {1e-9, 1e-12, 1e-15}) {
    std::optional<RationalSchedule> plan =
        planRationalSteps(lowest, 1e-12, true);
    ASSERT_TRUE(plan);
    for (const RationalStep &step : plan->steps)
      EXPECT_GE(step.function.poles.front(), 0.9e-6);
  }
}

TEST(PlanRationalSteps, NarrowsLast) {
  // Small singular values need float64, what is left of them does not.
  std::optional<RationalSchedule> plan = planRationalSteps(1e-6, 1e-2, false);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->steps.size(), 2u);
  EXPECT_TRUE(plan->steps[0].wide);
  EXPECT_FALSE(plan->steps[1].wide);
  // One function cannot do that in any precision.
  EXPECT_FALSE(planFractions(0.5, 1e-8, 1e-3, true));
  EXPECT_TRUE(planRationalSteps(1e-8, 1e-3, true));
}

TEST(PlanRationalSteps, IsOneFunctionWhereOneIsEnough) {
  // The same function as the plan for one, at the same cost.
  std::optional<RationalSchedule> plan = planRationalSteps(1e-2, 1e-3, true);
  std::optional<RationalPlan> one = planFractions(0.5, 1e-2, 1e-3, true);
  ASSERT_TRUE(plan && one);
  EXPECT_EQ(plan->steps.size(), 1u);
  EXPECT_EQ(costOf(plan->steps, true, 1),
            costOf(one->fit.function, true, {}, 1));
}

TEST(PlanRationalSteps, RefusesWhatFloat64CannotSay) {
  EXPECT_FALSE(planRationalSteps(1e-2, 1e-15, true));
  EXPECT_FALSE(planRationalSteps(1e-17, 1e-2, true));
  EXPECT_FALSE(planRationalSteps(0, 1e-2, true));
  EXPECT_FALSE(planRationalSteps(1e-2, NAN, true));
}
