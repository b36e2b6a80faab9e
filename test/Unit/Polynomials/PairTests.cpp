//===- PairTests.cpp - two odd steps in four products ---------------------===//

#include "lib/Support/StepPairs.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace steepest;

/// What two steps multiply x by.
static double factorOf(const OddStep &first, const OddStep &second, double x) {
  return second(first(x)) / x;
}

static void expectSame(const OddStep &first, const OddStep &second,
                       double upper) {
  std::optional<StepPair> pair = pairSteps(first, second, upper);
  ASSERT_TRUE(pair);
  double largest = 0;
  for (int i = 1; i <= 200; ++i)
    largest = std::max(largest, factorOf(first, second, upper * i / 200));
  EXPECT_LT(pair->error, 1e-11 * largest);
  EXPECT_GT(pair->rounding, largest / 2);
  for (int i = 1; i <= 200; ++i) {
    double x = upper * i / 200;
    // `error` is from other points.
    EXPECT_NEAR((*pair)(x * x), factorOf(first, second, x),
                2 * pair->error + 1e-14 * largest)
        << "at " << x;
  }
}

TEST(Pair, IsTheCompositionOfPublishedSteps) {
  for (const char *name : {"muon", "you5", "polar_express"}) {
    OddSteps steps = *table(name, 5);
    double upper = 1;
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      SCOPED_TRACE(testing::Message() << name << " from step " << i);
      expectSame(steps[i], steps[i + 1], upper);
      upper = std::max(upper, imageOf({steps[i]}, 0, upper).upper);
    }
  }
}

TEST(Pair, IsTheCompositionOfOptimalSteps) {
  for (double lowest : {1e-1, 1e-2, 1e-3}) {
    OddSteps steps = optimalSteps(lowest, 4);
    for (size_t i = 0; i + 1 < steps.size(); ++i)
      expectSame(steps[i], steps[i + 1], 1);
  }
}

TEST(Pair, TakesQuinticStepsOnly) {
  OddStep cubic{1.5, -0.5, 0}, quintic{1.875, -1.25, 0.375};
  EXPECT_FALSE(pairSteps(cubic, quintic, 1));
  EXPECT_FALSE(pairSteps(quintic, cubic, 1));
  EXPECT_TRUE(pairSteps(quintic, quintic, 1));
}

static std::vector<size_t> findFirst(const StepPairs &placed) {
  std::vector<size_t> found;
  for (size_t i = 0; i < placed.pairs.size(); ++i)
    if (placed.pairs[i])
      found.push_back(i);
  EXPECT_EQ(found.size(), placed.count);
  return found;
}

TEST(Pairs, AreMadeFromTheEnd) {
  OddSteps steps = *table("muon", 5);
  StepPairs placed = placePairs(steps, {0}, 0x1p-52, 1e-3);
  EXPECT_EQ(findFirst(placed), (std::vector<size_t>{1, 3}));
  EXPECT_LE(placed.deviation, 1e-3);
  EXPECT_GT(placed.deviation, 0);
}

TEST(Pairs, StayWithinASegment) {
  OddSteps steps = *table("muon", 5);
  EXPECT_EQ(findFirst(placePairs(steps, {0, 4}, 0x1p-52, 1e-3)),
            (std::vector<size_t>{0, 2}));
  EXPECT_EQ(findFirst(placePairs(steps, {0, 1, 2, 3, 4}, 0x1p-52, 1e-3)),
            (std::vector<size_t>{}));
}

/// What is rounded before other steps is multiplied by them.
TEST(Pairs, AreNoMoreThanRoundingAllows) {
  OddSteps steps = *table("muon", 5);
  double unit = 0x1p-23;
  double both = placePairs(steps, {0}, unit, 1).deviation;
  StepPairs one = placePairs(steps, {0}, unit, both / 2);
  EXPECT_EQ(findFirst(one), (std::vector<size_t>{3}));
  EXPECT_LT(one.deviation, both / 5);
  EXPECT_EQ(findFirst(placePairs(steps, {0}, unit, one.deviation / 2)),
            (std::vector<size_t>{}));
  EXPECT_EQ(placePairs(steps, {0}, unit, 0).deviation, 0);
}
