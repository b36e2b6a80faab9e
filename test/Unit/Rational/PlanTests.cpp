//===- PlanTests.cpp - how many fractions, in which precision -------------===//

#include "lib/Support/RationalPlan.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

TEST(PlanFractions, KeepsTheErrorWithItsRounding) {
  for (double lowest : {0.1, 1e-2, 1e-3, 1e-5})
    for (double error : {0.3, 5e-2, 1e-2, 1e-3, 1e-5})
      for (bool isFloat64 : {false, true}) {
        std::optional<RationalPlan> plan =
            planFractions(0.5, lowest, error, isFloat64);
        if (!plan)
          continue;
        const PartialFractions &h = plan->fit.function;
        EXPECT_LE(plan->fit.error + plan->rounding, error);
        EXPECT_EQ(plan->rounding, roundingOf(h, isFloat64, plan->wide));
        EXPECT_TRUE(isDefinite(h, isFloat64, plan->wide));
        EXPECT_LE(plan->wide.poles, isFloat64 ? 0 : h.poles.size());
      }
}

TEST(PlanFractions, TakesSmallPolesToFloat64OnlyWhereNeeded) {
  // Half a product for the Gram matrix and each inverse, one for the last.
  std::optional<RationalPlan> plan = planFractions(0.5, 1e-2, 7e-2, false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->fit.function.poles.size(), 2u);
  EXPECT_EQ(plan->wide.poles, 0u);
  EXPECT_EQ(costOf(plan->fit.function, false, plan->wide, 1), 5);
  EXPECT_EQ(costOf(plan->fit.function, false, plan->wide, 4), 14);
  plan = planFractions(0.5, 1e-3, 1e-2, false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->fit.function.poles.size(), 5u);
  EXPECT_EQ(plan->wide.poles, 1u);
  EXPECT_FALSE(plan->wide.product);
  EXPECT_EQ(costOf(plan->fit.function, false, plan->wide, 1), 10);
  plan = planFractions(0.5, 1e-5, 2.5e-3, false);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->wide.product);
  EXPECT_EQ(costOf(plan->fit.function, true, {}, 1),
            2 * costOf(plan->fit.function, false, {}, 1));
}

TEST(PlanFractions, RefusesWhatRoundingForbids) {
  EXPECT_FALSE(planFractions(0.5, 1e-8, 1e-3, false));
  EXPECT_FALSE(planFractions(0.5, 1e-8, 1e-3, true));
  EXPECT_FALSE(planFractions(0.5, 1e-2, 1e-15, true));
  EXPECT_FALSE(planFractions(0.5, 0, 1e-2, true));
  EXPECT_FALSE(planFractions(0.5, 1e-2, NAN, true));
}

TEST(RoundingOf, IsThatOfTheSmallestPole) {
  // 1e-3 in float32 at p = 1e-4, and as 1 / p.
  RationalFit fit = zolotarev(1e-2, 3), smaller = zolotarev(1e-3, 5);
  double rounding = roundingOf(fit.function, false, {});
  EXPECT_NEAR(rounding, 1.1e-3, 2e-4);
  EXPECT_NEAR(roundingOf(smaller.function, false, {}) / rounding, 100, 40);
  WideParts one{1, false};
  EXPECT_LT(roundingOf(smaller.function, false, one), 5e-3);
}

TEST(PlanInversePower, KeepsTheErrorOfRoots) {
  for (double exponent : {0.5, 0.25, 0.125})
    for (double lowest : {1e-2, 1e-6, 1e-9})
      for (double error : {5e-2, 1e-2, 1e-4}) {
        std::optional<RationalFit> fit =
            planInversePower(exponent, lowest, error);
        ASSERT_TRUE(fit) << exponent << " " << lowest << " " << error;
        const PartialFractions &h = fit->function;
        for (int i = 0; i <= 2000; ++i) {
          double t = std::pow(lowest, i / 2000.0);
          EXPECT_LE(std::abs(std::pow(t, exponent) * h(t) - 1), error);
        }
        // Below, between the power of the lowest and four times it.
        EXPECT_LE(std::pow(lowest, exponent) * h.gain(), 4);
      }
}

TEST(PlanInversePower, RefusesWhatRoundingForbids) {
  EXPECT_FALSE(planInversePower(0.5, 1e-15, 1e-2));
  EXPECT_FALSE(planInversePower(0.25, 1e-9, 1e-12));
  EXPECT_FALSE(planInversePower(0.25, 0, 1e-2));
  EXPECT_FALSE(planInversePower(0.25, 1e-2, NAN));
}
