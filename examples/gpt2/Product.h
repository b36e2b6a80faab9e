//===- Product.h - products of matrices -------------------------*- C -*-===//

#ifndef GPT2_PRODUCT_H
#define GPT2_PRODUCT_H

#include "Support.h"

/// out += a b for out [rows, columns] and b [depth, columns], both dense and by
/// rows, and a[i, p] at a[i * a_row + p * a_column]: a may be a transpose.
/// Sums run over p in order whatever the threads, so the bits do not depend on
/// them.
void add_product(const steepest_context *context, real *out, const real *a,
                 int64_t a_row, int64_t a_column, const real *b, int64_t rows,
                 int64_t columns, int64_t depth);

/// out [columns, rows] = the transpose of in [rows, columns].
void transpose(real *out, const real *in, int64_t rows, int64_t columns);

#endif // GPT2_PRODUCT_H
