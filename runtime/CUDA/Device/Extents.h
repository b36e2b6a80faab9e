//===- Extents.h - how much there is of a product -------------------------===//

#ifndef STEEPEST_RUNTIME_CUDA_DEVICE_EXTENTS_H
#define STEEPEST_RUNTIME_CUDA_DEVICE_EXTENTS_H

#include "Device.h"

/// The bytes of an operand in panels, of elements of two bytes, or four (tf32).
STEEPEST_HOST_DEVICE inline int64_t
steepest_panel_bytes(int64_t rows, int64_t k, int64_t elementBytes) {
  int64_t depth = 128 / elementBytes;
  return (rows + SteepestPanelRows - 1) / SteepestPanelRows *
         ((k + 2 * depth - 1) / (2 * depth) * 2) * SteepestPanelBytes;
}

/// The tiles of a product, that is the blocks that have something to do:
/// symmetric ones are those on and below the diagonal, in bands of
/// max(tileRows, tileColumns) rows.
STEEPEST_HOST_DEVICE inline int64_t
steepest_product_tiles(int64_t m, int64_t n, int64_t batch, int64_t tileRows,
                       int64_t tileColumns, bool symmetric, int64_t cluster) {
  int64_t across = (n + tileColumns - 1) / tileColumns;
  if (symmetric)
    return batch * (tileColumns / tileRows) * (across * (across + 1) / 2);
  int64_t down = (m + tileRows - 1) / tileRows;
  down = (down + cluster - 1) / cluster * cluster;
  return batch * down * across;
}

/// Rows and columns of a matrix in shared memory (ProductStaged.h): up to a
/// multiple of sixteen.
STEEPEST_HOST_DEVICE inline int32_t steepest_staged_extent(int32_t extent) {
  return (extent + 15) / 16 * 16;
}

/// Elements from one of its rows to the next: four more, which keeps the rows
/// of a fragment in different banks.
STEEPEST_HOST_DEVICE inline int32_t steepest_staged_pitch(int32_t columns) {
  return steepest_staged_extent(columns) + 4;
}

#endif // STEEPEST_RUNTIME_CUDA_DEVICE_EXTENTS_H
