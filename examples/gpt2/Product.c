//===- Product.c ----------------------------------------------------------===//
//
// Tiles of 4 x 32 sums that stay in registers while the depth is run through:
// a compiler makes vectors of the innermost loop without being allowed to
// reorder sums.
//
//===----------------------------------------------------------------------===//

#include "Product.h"

enum { TILE_ROWS = 4, TILE_COLUMNS = 32, BAND_ROWS = 16 };

typedef struct {
  real *out;
  const real *a, *b;
  int64_t a_row, a_column, rows, columns, depth;
} product_task;

/// A full tile.
static void add_tile(real *restrict out, const real *restrict a,
                     const real *restrict b, const product_task *task) {
  real sums[TILE_ROWS][TILE_COLUMNS];
  for (int i = 0; i < TILE_ROWS; ++i)
    for (int j = 0; j < TILE_COLUMNS; ++j)
      sums[i][j] = out[i * task->columns + j];
  for (int64_t p = 0; p < task->depth; ++p) {
    const real *row = b + p * task->columns;
    for (int i = 0; i < TILE_ROWS; ++i) {
      real factor = a[i * task->a_row + p * task->a_column];
      for (int j = 0; j < TILE_COLUMNS; ++j)
        sums[i][j] += factor * row[j];
    }
  }
  for (int i = 0; i < TILE_ROWS; ++i)
    for (int j = 0; j < TILE_COLUMNS; ++j)
      out[i * task->columns + j] = sums[i][j];
}

/// What is left of full tiles at the edges.
static void add_edge(real *restrict out, const real *restrict a,
                     const real *restrict b, const product_task *task,
                     int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t p = 0; p < task->depth; ++p) {
      real factor = a[i * task->a_row + p * task->a_column];
      for (int64_t j = 0; j < columns; ++j)
        out[i * task->columns + j] += factor * b[p * task->columns + j];
    }
}

/// A band of rows.
static void add_band(void *argument, int64_t band, int64_t worker) {
  (void)worker;
  const product_task *task = argument;
  int64_t begin = band * BAND_ROWS, end = begin + BAND_ROWS;
  if (end > task->rows)
    end = task->rows;
  for (int64_t j = 0; j < task->columns; j += TILE_COLUMNS) {
    int64_t columns = task->columns - j;
    for (int64_t i = begin; i < end; i += TILE_ROWS) {
      real *out = task->out + i * task->columns + j;
      const real *a = task->a + i * task->a_row;
      const real *b = task->b + j;
      if (end - i >= TILE_ROWS && columns >= TILE_COLUMNS)
        add_tile(out, a, b, task);
      else
        add_edge(out, a, b, task, end - i < TILE_ROWS ? end - i : TILE_ROWS,
                 columns < TILE_COLUMNS ? columns : TILE_COLUMNS);
    }
  }
}

void add_product(const steepest_context *context, real *out, const real *a,
                 int64_t a_row, int64_t a_column, const real *b, int64_t rows,
                 int64_t columns, int64_t depth) {
  product_task task = {out, a, b, a_row, a_column, rows, columns, depth};
  for_tasks(context, (rows + BAND_ROWS - 1) / BAND_ROWS, add_band, &task);
}

void transpose(real *out, const real *in, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      out[j * rows + i] = in[i * columns + j];
}
