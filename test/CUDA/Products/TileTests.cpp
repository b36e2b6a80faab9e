//===- TileTests.cpp - which tile comes when ------------------------------===//

#include "Choice.h"
#include "Products.h"
#include "Tiles.h"
#include <gtest/gtest.h>
#include <set>
#include <tuple>

using namespace steepest::sm;

TEST(Tiles, FindTheRowOfATriangle) {
  for (int row : {0, 1, 2, 3, 100, 4095, 4096, 30000, 65534}) {
    int64_t first = (int64_t)row * (row + 1) / 2;
    EXPECT_EQ(triangularRow((int)first), row);
    EXPECT_EQ(triangularRow((int)(first + row)), row);
  }
}

/// Every tile of C comes once, those above the diagonal of a symmetric C only
/// where they share a group with others, and the tiles of a group one after
/// another.
template <int rows, int columns>
static void expectAll(int m, int n, int batch, bool symmetric) {
  SCOPED_TRACE(::testing::Message() << m << "x" << n << " in " << rows << "x"
                                    << columns << " batch " << batch);
  TileOrder<rows, columns> order(m, n, batch, symmetric);
  constexpr int group = columns / rows;
  EXPECT_EQ(order.count, steepest_product_tiles(m, n, batch, rows, columns,
                                                symmetric, group));
  std::set<std::tuple<int, int, int>> seen;
  for (int t = 0; t < order.count; ++t) {
    Tile tile = order.at(t);
    EXPECT_TRUE(seen.insert({tile.batch, tile.row, tile.column}).second);
    EXPECT_EQ(tile.row % group, t % group);
    if (t % group != 0) {
      EXPECT_EQ(tile.column, order.at(t - 1).column);
    }
    if (symmetric) {
      EXPECT_LE(tile.column, tile.row / group);
    }
  }
  for (int b = 0; b < batch; ++b)
    for (int i = 0; i * rows < m; ++i)
      for (int j = 0; j * columns < n; ++j)
        if (!symmetric || j * columns < (i + 1) * rows) {
          EXPECT_TRUE(seen.count({b, i, j})) << b << " " << i << " " << j;
        }
}

TEST(Tiles, AllComeOnce) {
  for (int batch : {1, 3})
    for (int m : {1, 64, 65, 1000, 1153, 2304}) {
      for (int n : {1, 129, 700, 2048}) {
        expectAll<64, 64>(m, n, batch, false);
        expectAll<128, 256>(m, n, batch, false);
      }
      expectAll<64, 64>(m, m, batch, true);
      expectAll<128, 128>(m, m, batch, true);
      expectAll<128, 256>(m, m, batch, true);
    }
}

TEST(Choice, TakesTheLeastEstimateOfThoseThereAre) {
  for (bool symmetric : {false, true})
    for (bool hasWgmma : {false, true})
      for (bool tf32 : {false, true})
        for (int64_t n : {1, 64, 100, 512, 1000, 2048, 4096, 8192}) {
          int32_t choice =
              steepest_choose_narrow(n, n, n, symmetric, hasWgmma, tf32);
          int32_t count = hasWgmma ? SteepestNarrowChoices : SteepestPanel64;
          ASSERT_LT(choice, count);
          auto cycles = [&](int32_t number) {
            return steepest_product_cycles(steepest_narrow_choice(number, tf32),
                                           n, n, n, symmetric);
          };
          for (int32_t other = 0; other < count; ++other)
            EXPECT_LE(cycles(choice), cycles(other)) << n;
        }
}

TEST(Choice, TakesSmallTilesForSmallResultsAndPanelsForLargeOnes) {
  for (bool symmetric : {false, true}) {
    EXPECT_EQ(steepest_choose_fma(512, 512, 512, symmetric), SteepestFma64);
    EXPECT_EQ(steepest_choose_fma(4096, 4096, 4096, symmetric), SteepestFma128);
    EXPECT_EQ(steepest_choose_narrow(64, 64, 64, symmetric, true, false),
              SteepestMma64x128);
    EXPECT_EQ(steepest_choose_narrow(512, 512, 512, symmetric, true, false),
              SteepestPanel64);
    EXPECT_EQ(steepest_choose_narrow(4096, 4096, 4096, symmetric, true, false),
              SteepestPanel128);
    EXPECT_EQ(steepest_choose_narrow(4096, 4096, 4096, symmetric, false, false),
              SteepestMma128);
    EXPECT_EQ(steepest_choose_narrow(4096, 4096, 4096, symmetric, true, true),
              SteepestPanel128);
  }
  // Sizes beyond 2^31 elements do not overflow.
  EXPECT_EQ(steepest_choose_narrow(65536, 65536, 65536, false, true, false),
            SteepestPanel128);
}
