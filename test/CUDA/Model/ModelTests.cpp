//===- ModelTests.cpp - the CPU model of an SM, by itself -----------------===//
//
// That its numbers are the formats', that kernels without faults run, and that
// it says what is wrong with others.
//
//===----------------------------------------------------------------------===//

#include "Barrier.h"
#include "Copies.h"
#include "Machine.h"
#include "Matrix.h"
#include "Numbers.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

using namespace sm_model;

static Launch launchOf(int block, size_t sharedBytes = 1024) {
  Launch launch;
  launch.block = block;
  launch.sharedBytes = sharedBytes;
  return launch;
}

static ::testing::AssertionResult contains(const std::string &text,
                                           const std::string &part) {
  if (text.find(part) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "expected '" << part
         << "' in: " << (text.empty() ? "(nothing)" : text);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

TEST(Numbers, SurviveARoundTrip) {
  for (uint32_t bits = 0; bits < 1 << 16; ++bits) {
    if (!std::isnan(fromF16(bits))) {
      EXPECT_EQ(toF16(fromF16(bits)), bits);
    }
    if (!std::isnan(fromBf16(bits))) {
      EXPECT_EQ(toBf16(fromBf16(bits)), bits);
    }
  }
}

/// Between two neighbours the nearer one, in the middle the even one.
template <class To, class From>
static void expectNearest(To to, From from, uint32_t last) {
  for (uint32_t bits = 0; bits + 1 < last; bits += 7) {
    float low = from(bits), high = from(bits + 1);
    float middle = low + (high - low) / 2;
    EXPECT_EQ(to(std::nextafter(middle, low)), bits) << middle;
    EXPECT_EQ(to(middle), bits + bits % 2) << middle;
    EXPECT_EQ(to(std::nextafter(middle, high)), bits + 1) << middle;
    EXPECT_EQ(to(-std::nextafter(middle, low)), 0x8000 | bits) << middle;
  }
}

TEST(Numbers, AreRoundedToNearest) {
  expectNearest(toF16, fromF16, 0x7c00);
  expectNearest(toBf16, fromBf16, 0x7f80);
  EXPECT_EQ(toF16(65519), 0x7bffu);
  EXPECT_EQ(toF16(65520), 0x7c00u);
  // Ties of tf32 go away from zero.
  EXPECT_EQ(floatOfBits(toTf32(1 + std::ldexp(1.0f, -11))),
            1 + std::ldexp(1.0f, -10));
  EXPECT_EQ(floatOfBits(toTf32(1 + std::ldexp(0.9f, -11))), 1);
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

/// Touches every page of a frame that is larger than a stack, from the top on.
static void useLargeFrame() {
  volatile char frame[768 << 10];
  for (size_t i = sizeof(frame); i > 0; i -= 1 << 10)
    frame[i - 1] = 1;
}

TEST(ThreadsDeathTest, FaultBelowTheirStacks) {
  EXPECT_DEATH(launch(launchOf(1), useLargeFrame), "");
}

TEST(Threads, MeetAtBarriers) {
  std::vector<int> order;
  EXPECT_EQ(launch(launchOf(96),
                   [&] {
                     order.push_back(0);
                     collective(Team::Block, "bar.sync 0", nullptr, nullptr);
                     order.push_back(1);
                   }),
            "");
  ASSERT_EQ(order.size(), 192u);
  EXPECT_EQ(std::count(order.begin(), order.begin() + 96, 0), 96);
}

TEST(Threads, ShuffleAcrossTheirWarp) {
  std::vector<uint32_t> got(64), sums(64);
  EXPECT_EQ(launch(launchOf(64),
                   [&] {
                     int t = threadIndex();
                     got[t] = shuffle(t, 5);
                     sums[t] = shuffleXor(t, 16);
                   }),
            "");
  for (int t = 0; t < 64; ++t) {
    EXPECT_EQ(got[t], t / 32 * 32 + 5u);
    EXPECT_EQ(sums[t], t ^ 16u);
  }
}

/// Nothing says that warps keep step: one may come to its next write before
/// another has read what it overwrites.
TEST(Threads, OfAWarpRunAhead) {
  int caught = 0;
  for (uint64_t seed = 1; seed <= 32; ++seed) {
    Launch launch = launchOf(128);
    launch.seed = seed;
    bool overtaken = false;
    EXPECT_EQ(sm_model::launch(launch,
                               [&] {
                                 auto *word = (volatile int *)sharedMemory();
                                 int t = threadIndex();
                                 if (t % 32 == 0)
                                   word[t / 32] = 1;
                                 collective(Team::Block, "bar.sync 0", nullptr,
                                            nullptr);
                                 for (int i = 0; i < 4; ++i)
                                   overtaken |= word[i] != 1;
                                 for (int mask = 16; mask; mask /= 2)
                                   shuffleXor(t, mask);
                                 if (t % 32 == 0)
                                   word[t / 32] = 2;
                               }),
              "");
    caught += overtaken;
  }
  EXPECT_GE(caught, 16);
}

TEST(Threads, GoOnWhileOthersPoll) {
  int turns = 0;
  bool isOpen = false;
  EXPECT_EQ(
      launch(launchOf(64),
             [&] {
               if (threadIndex() == 40)
                 for (; turns < 5000; ++turns)
                   collective(Team::Warp, "bar.warp.sync", nullptr, nullptr);
               else if (threadIndex() >= 32)
                 for (int i = 0; i < 5000; ++i)
                   collective(Team::Warp, "bar.warp.sync", nullptr, nullptr);
               else
                 while (!isOpen)
                   poll([] { return std::string("the door"); });
               isOpen = true;
             }),
      "");
  EXPECT_EQ(turns, 5000);
}

TEST(Threads, OfAClusterReachOneAnothersBarriers) {
  Launch launch = launchOf(32);
  launch.grid = launch.cluster = 2;
  EXPECT_EQ(sm_model::launch(launch,
                             [] {
                               if (threadIndex() == 0)
                                 initBarrier((uint32_t)clusterRank() << 24, 1);
                               collective(Team::Cluster, "barrier.cluster",
                                          nullptr, nullptr);
                               if (threadIndex() == 0)
                                 arrive((uint32_t)(1 - clusterRank()) << 24, 0);
                               waitForPhase((uint32_t)clusterRank() << 24, 0);
                             }),
            "");
}

//===----------------------------------------------------------------------===//
// What is asynchronous
//===----------------------------------------------------------------------===//

TEST(Copies, ArriveWhenTheyAreWaitedFor) {
  alignas(16) float source[4] = {1, 2, 3, 4};
  for (Timing timing : {Timing::Eager, Timing::Lazy}) {
    Launch launch = launchOf(1);
    launch.timing = timing;
    float before = 0, after = 0, beyond = 1;
    EXPECT_EQ(sm_model::launch(launch,
                               [&] {
                                 auto *shared = (float *)sharedMemory();
                                 copyAsync(0, source, 16, 8);
                                 commitCopies();
                                 before = shared[1];
                                 waitForCopies(0);
                                 after = shared[1];
                                 beyond = shared[2];
                               }),
              "");
    EXPECT_EQ(std::isnan(before), timing == Timing::Lazy);
    EXPECT_EQ(after, 2);
    EXPECT_EQ(beyond, 0);
  }
}

TEST(TensorMaps, AreRefusedAsByTheDriver) {
  alignas(128) char map[128];
  alignas(16) float data[64] = {};
  uint32_t sizes[] = {8, 8, 1}, box[] = {4, 4, 1}, wide[] = {64, 4, 1};
  uint64_t strides[] = {32, 256}, odd[] = {36, 288};
  EXPECT_EQ(encodeTensorMap(map, data, sizes, strides, box, 4, true), nullptr);
  EXPECT_STREQ(encodeTensorMap(map, data + 1, sizes, strides, box, 4, true),
               "the base of a tensor map is no multiple of 16");
  EXPECT_STREQ(encodeTensorMap(map, data, sizes, odd, box, 4, true),
               "a stride of a tensor map is no multiple of 16");
  EXPECT_STREQ(encodeTensorMap(map, data, sizes, strides, wide, 4, true),
               "a swizzled box is wider than 128 bytes");
}

//===----------------------------------------------------------------------===//
// What is not allowed
//===----------------------------------------------------------------------===//

TEST(Failure, IsADeadlockThatSaysWhoWaitsForWhat) {
  std::string text = launch(launchOf(64), [] {
    if (threadIndex() < 33 || threadIndex() == 40)
      collective(Team::Block, "bar.sync 0", nullptr, nullptr);
  });
  EXPECT_EQ(text, "deadlock:\n  block 0, threads 0-32, 40 wait for 30 more "
                  "threads of its block at bar.sync 0");
}

TEST(Failure, IsADeadlockOfThreadsThatPoll) {
  bool isOpen = false;
  std::string text = launch(launchOf(64), [&] {
    if (threadIndex() >= 32)
      collective(Team::Block, "bar.sync 0", nullptr, nullptr);
    else
      while (!isOpen)
        poll([] { return std::string("the door"); });
  });
  EXPECT_EQ(text, "deadlock:\n  block 0, threads 32-63 wait for 32 more "
                  "threads of its block at bar.sync 0\n  block 0, threads "
                  "0-31 wait for the door");
}

TEST(Failure, IsAWarpThatDiverges) {
  EXPECT_TRUE(contains(launch(launchOf(32),
                              [] {
                                uint32_t r[4];
                                if (threadIndex() < 7)
                                  shuffle(0, 0);
                                else
                                  loadMatrices(r, 4, 0, false);
                              }),
                       " while others of its warp execute "));
}

TEST(Failure, IsAnArrivalTooMany) {
  EXPECT_TRUE(contains(launch(launchOf(1),
                              [] {
                                initBarrier(8, 1);
                                arrive(8, 16); // the bytes keep it open
                                arrive(8, 0);
                              }),
                       "more than 1 times in a phase"));
}

TEST(Failure, IsABarrierNobodyInitialised) {
  EXPECT_TRUE(contains(launch(launchOf(1), [] { arrive(16, 0); }),
                       "shared byte 16 of the cluster's block 0 has not been "
                       "initialised"));
}

TEST(Failure, IsMemoryBeyondTheEnd) {
  EXPECT_EQ(launch(launchOf(32, 1024),
                   [] {
                     uint32_t r[4];
                     loadMatrices(r, 4, 16 * threadIndex() + 528, false);
                   })
                .substr(0, 8),
            "block 0,");
  EXPECT_TRUE(
      contains(launch(launchOf(1, 64), [] { sharedPointer(60, 8, 4, "x"); }),
               "x reaches byte 68 of 64 of shared memory"));
}

TEST(Failure, IsAnAddressThatIsNotAligned) {
  alignas(16) char source[32] = {};
  EXPECT_TRUE(
      contains(launch(launchOf(1), [&] { copyAsync(0, source + 8, 16, 16); }),
               "cp.async from an address that is no multiple of 16"));
  EXPECT_TRUE(
      contains(launch(launchOf(1), [&] { copyAsync(8, source, 16, 16); }),
               "cp.async at shared byte 8, no multiple of 16"));
}

TEST(Failure, IsACopyOverABarrier) {
  alignas(16) char source[16] = {};
  EXPECT_TRUE(contains(launch(launchOf(1),
                              [&] {
                                initBarrier(40, 1);
                                copyAsync(32, source, 16, 16);
                              }),
                       "writes over the mbarrier at shared byte 40"));
}

TEST(Failure, IsAThreadThatEndsBeforeItsStores) {
  alignas(128) static char map[128];
  alignas(16) static float data[16] = {};
  uint32_t sizes[] = {4, 4, 1}, box[] = {4, 4, 1};
  uint64_t strides[] = {16, 64};
  ASSERT_EQ(encodeTensorMap(map, data, sizes, strides, box, 4, false), nullptr);
  EXPECT_TRUE(contains(launch(launchOf(1),
                              [] {
                                storeBox(map, 0, 0, 0, 0);
                                commitStores();
                              }),
                       "ends while TMA may still read what it stores"));
}
