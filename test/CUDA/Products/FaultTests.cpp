//===- FaultTests.cpp - planted faults are caught -------------------------===//
//
// Each fault of Device.h is in the template once; the model must say so, as a
// wrong number, a deadlock or an operation that is not allowed. The same checks
// pass without a fault.
//
//===----------------------------------------------------------------------===//

#include "Faults.h"
#include <gtest/gtest.h>

using namespace sm_test;
using sm_model::Timing;
using ::testing::AssertionResult;

/// Long enough to go round every ring, with edges everywhere.
static Shape symmetricShape() {
  Shape shape{136, 136, 392};
  shape.transposeB = true;
  shape.symmetric = SteepestSymmetric;
  return shape;
}

static Shape generalShape() {
  Shape shape{136, 136, 392};
  shape.transposeB = true;
  return shape;
}

static AssertionResult contains(const std::string &text,
                                const std::string &part) {
  if (text.find(part) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "expected '" << part
         << "' in: " << (text.empty() ? "(nothing)" : text);
}

static const char wrongNumber[] = ", expected ";

TEST(Fault, NoneIsFoundWhereThereIsNone) {
  for (Timing timing : {Timing::Eager, Timing::Lazy, Timing::Random})
    for (const Shape &shape : {symmetricShape(), generalShape()}) {
      EXPECT_EQ(checksWithNone.fma(shape, timing), "");
      EXPECT_EQ(checksWithNone.mma(shape, timing), "");
      EXPECT_EQ(checksWithNone.wgmma(shape, timing), "");
      EXPECT_EQ(checksWithNone.clusters(shape, timing), "");
      EXPECT_EQ(checksWithNone.smallPanels(shape, timing), "");
      EXPECT_EQ(checksWithNone.panels(shape, timing), "");
      EXPECT_EQ(checksWithNone.staged(shape, timing), "");
    }
  Shape edge = generalShape();
  edge.k = 601;
  edge.padding = 7;
  EXPECT_EQ(checksWithNone.mma(edge, Timing::Lazy), "");
}

TEST(Fault, DescriptorStepIsCaught) {
  EXPECT_TRUE(
      contains(checksWithDescriptorStep.wgmma(generalShape(), Timing::Eager),
               wrongNumber));
  EXPECT_TRUE(contains(
      checksWithDescriptorStep.smallPanels(generalShape(), Timing::Eager),
      wrongNumber));
}

TEST(Fault, EarlyReleaseIsCaught) {
  EXPECT_TRUE(contains(
      checksWithEarlyRelease.wgmma(generalShape(), Timing::Lazy), wrongNumber));
  EXPECT_TRUE(
      contains(checksWithEarlyRelease.clusters(generalShape(), Timing::Lazy),
               wrongNumber));
  EXPECT_TRUE(contains(checksWithEarlyRelease.mma(generalShape(), Timing::Lazy),
                       wrongNumber));
  for (auto check :
       {checksWithEarlyRelease.smallPanels, checksWithEarlyRelease.panels})
    EXPECT_TRUE(contains(check(generalShape(), Timing::Lazy), wrongNumber));
}

TEST(Fault, MissingWaitIsCaught) {
  // The sums that are stored are not there; the model notices at the end.
  EXPECT_TRUE(
      contains(checksWithMissingWait.wgmma(generalShape(), Timing::Lazy),
               "ends while wgmma of its warp group is in flight"));
  EXPECT_NE(checksWithMissingWait.panels(generalShape(), Timing::Lazy), "");
  EXPECT_NE(checksWithMissingWait.smallPanels(generalShape(), Timing::Lazy),
            "");
  EXPECT_TRUE(contains(checksWithMissingWait.mma(generalShape(), Timing::Lazy),
                       wrongNumber));
}

TEST(Fault, MissingMirrorIsCaught) {
  for (auto check :
       {checksWithMissingMirror.fma, checksWithMissingMirror.mma,
        checksWithMissingMirror.wgmma, checksWithMissingMirror.clusters,
        checksWithMissingMirror.smallPanels, checksWithMissingMirror.panels,
        checksWithMissingMirror.staged})
    EXPECT_TRUE(
        contains(check(symmetricShape(), Timing::Eager), "no mirror image"));
}

TEST(Fault, ArriveCountIsCaughtAsADeadlockThatNamesTheBarrier) {
  std::string text = checksWithArriveCount.wgmma(generalShape(), Timing::Eager);
  EXPECT_TRUE(contains(text, "deadlock:"));
  EXPECT_TRUE(contains(text, "block 0, thread 128 waits for the end of phase "
                             "0 of the mbarrier at shared byte "));
  EXPECT_TRUE(contains(text, "(1 of 2 arrivals pending, 0 bytes outstanding)"));
  EXPECT_TRUE(
      contains(checksWithArriveCount.clusters(generalShape(), Timing::Lazy),
               "(1 of 5 arrivals pending, 0 bytes outstanding)"));
  EXPECT_TRUE(
      contains(checksWithArriveCount.panels(generalShape(), Timing::Lazy),
               "(1 of 3 arrivals pending, 0 bytes outstanding)"));
}

TEST(Fault, ExpectedBytesAreCaught) {
  EXPECT_NE(checksWithExpectedBytes.wgmma(generalShape(), Timing::Lazy), "");
  EXPECT_NE(checksWithExpectedBytes.panels(generalShape(), Timing::Lazy), "");
}

TEST(Fault, EdgeOffByOneIsCaught) {
  // An element beyond the edge is read where an edge is within sixteen bytes.
  Shape shape = generalShape();
  shape.k = 601;
  shape.padding = 7;
  EXPECT_TRUE(contains(checksWithEdgeOffByOne.mma(shape, Timing::Eager),
                       "nan, expected "));
}

TEST(Fault, MissingPhaseFlipIsCaught) {
  EXPECT_NE(checksWithMissingPhaseFlip.wgmma(generalShape(), Timing::Lazy), "");
  EXPECT_NE(checksWithMissingPhaseFlip.panels(generalShape(), Timing::Lazy),
            "");
}

TEST(Fault, StagingReuseIsCaught) {
  EXPECT_TRUE(
      contains(checksWithStagingReuse.clusters(generalShape(), Timing::Lazy),
               wrongNumber));
}

TEST(Fault, MissingFenceIsCaught) {
  EXPECT_TRUE(
      contains(checksWithMissingFence.wgmma(generalShape(), Timing::Eager),
               "without a fence to the asynchronous proxy"));
  EXPECT_TRUE(
      contains(checksWithMissingFence.panels(generalShape(), Timing::Eager),
               "without a fence to the asynchronous proxy"));
}

TEST(Fault, MissingInvalidationIsCaught) {
  EXPECT_TRUE(contains(
      checksWithMissingInvalidation.panels(generalShape(), Timing::Eager),
      "which is one already"));
}

TEST(Fault, MissingMeetingIsCaught) {
  EXPECT_TRUE(
      contains(checksWithMissingMeeting.staged(generalShape(), Timing::Eager),
               "nan, expected "));
}

/// Kernels that forget to wait for wgmma leave accumulators of functions that
/// have returned to it: that is the fault, found by the results.
extern "C" const char *__asan_default_options() {
  return "detect_stack_use_after_return=0";
}
