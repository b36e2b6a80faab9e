//===- TileTests.cpp - which tile comes when ------------------------------===//

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
