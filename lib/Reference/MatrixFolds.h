//===- MatrixFolds.h - folds and results of passes --------------*- C++ -*-===//
//
// What `matrix.reduce` and `matrix.map` leave behind, element by element.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_MATRIXFOLDS_H
#define STEEPEST_LIB_REFERENCE_MATRIXFOLDS_H

#include "dialect/Matrix/Matrix.h"
#include "lib/Reference/Value.h"

namespace steepest::reference {

/// The fold of a rows x cols tensor into one value in all, per row or per
/// column. It starts with the fold of nothing.
class Folded {
public:
  Folded(matrix::Fold fold, matrix::Extent extent, mlir::Type resultType,
         int64_t rows, int64_t cols);
  void add(int64_t row, int64_t col, Scalar element);
  Value take();

private:
  matrix::Fold fold;
  matrix::Extent extent;
  bool isInteger;
  unsigned width;
  /// A vector, of one element for a scalar.
  Value values;
};

/// One result of a `matrix.map`: a fold, or every element stored.
class MapResult {
public:
  /// Fails with a diagnostic on codes that mean nothing.
  static mlir::FailureOr<MapResult> create(matrix::MapOp op, mlir::Type type,
                                           int32_t fold, matrix::Extent extent,
                                           int64_t rows, int64_t cols);
  void put(int64_t row, int64_t col, Scalar element);
  Value take();

private:
  std::optional<Folded> folded;
  Value stored;
};

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_MATRIXFOLDS_H
