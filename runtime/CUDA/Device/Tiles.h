//===- Tiles.h - which tile comes when ------------------------------------===//
//
// The blocks of a grid take tiles of C in turn: block b takes b, b + grid size
// and so on. Tiles that are worked on at the same time should share operands in
// the L2 cache, so tiles come in bands of a few rows of tiles, column after
// column within a band. Of a symmetric C only the tiles that reach the lower
// triangle come.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_TILES_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_TILES_H

#include "Primitives.h"

namespace steepest::sm {

/// The largest i with i (i + 1) / 2 <= t: the row of element t of a triangle
/// that is stored row after row.
STEEPEST_DEVICE int triangularRow(int t) {
  int i = (int)((squareRoot(8.0f * (float)t + 1.0f) - 1.0f) * 0.5f);
  // The root is off by one for large t.
  while ((int64_t)i * (i + 1) / 2 > t)
    --i;
  while ((int64_t)(i + 1) * (i + 2) / 2 <= t)
    ++i;
  return i;
}

struct Tile {
  int batch;
  int row, column; // in tiles
};

/// Tiles of tileRows x tileColumns, in groups of tileColumns / tileRows that
/// lie one above the other and come one after another: what a cluster shares.
template <int tileRows, int tileColumns> struct TileOrder {
  static constexpr int group = tileColumns / tileRows;
  static_assert(group >= 1 && tileRows * group == tileColumns,
                "groups of tiles are square");
  /// Rows of groups in a band: 8 x 16 tiles of 128 keep the 132 SMs of an H100
  /// on 24 panels.
  static constexpr int band = 8 / group;

  int down, across; // in groups
  int perMatrix;    // groups
  int count;        // tiles
  bool symmetric;

  STEEPEST_DEVICE TileOrder(int m, int n, int batch, bool isSymmetric)
      : down((m + tileColumns - 1) / tileColumns),
        across((n + tileColumns - 1) / tileColumns), symmetric(isSymmetric) {
    perMatrix = symmetric ? across * (across + 1) / 2 : down * across;
    count = perMatrix * batch * group;
  }

  STEEPEST_DEVICE Tile at(int index) const {
    int within = index % group, groups = index / group;
    Tile tile;
    tile.batch = groups / perMatrix;
    int t = groups % perMatrix;
    if (!symmetric) {
      int first = t / (band * across) * band;
      int rows = down - first < band ? down - first : band;
      int offset = t - first * across;
      tile.row = first + offset % rows;
      tile.column = offset / rows;
    } else {
      // A band is a rectangle and then a triangle.
      int first = triangularRow(t) / band * band;
      int rows = across - first < band ? across - first : band;
      int offset = t - first * (first + 1) / 2;
      if (offset < first * rows) {
        tile.row = first + offset % rows;
        tile.column = offset / rows;
      } else {
        offset -= first * rows;
        int row = triangularRow(offset);
        tile.row = first + row;
        tile.column = first + offset - row * (row + 1) / 2;
      }
    }
    tile.row = tile.row * group + within;
    return tile;
  }
};

} // namespace steepest::sm

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_TILES_H
