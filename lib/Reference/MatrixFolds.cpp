//===- MatrixFolds.cpp - folds and results of passes ----------------------===//

#include "lib/Reference/MatrixFolds.h"
#include "lib/Reference/ScalarFunctions.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

// Inside the namespace, so that `Value` is ours.
namespace steepest::reference {

/// The fold of no values at all. An i1 is ordered 0 < 1.
static Scalar foldOfNothing(matrix::Fold fold, unsigned width) {
  double infinity = std::numeric_limits<double>::infinity();
  int64_t least = width == 1 ? 0 : llvm::minIntN(width);
  int64_t greatest = width == 1 ? 1 : llvm::maxIntN(width);
  switch (fold) {
  case matrix::Fold::Sum:
    return {0, 0};
  case matrix::Fold::Maximum:
    return {-infinity, least};
  case matrix::Fold::Minimum:
    return {infinity, greatest};
  }
  return {};
}

Folded::Folded(matrix::Fold fold, matrix::Extent extent, Type resultType,
               int64_t rows, int64_t cols)
    : fold(fold), extent(extent) {
  Type element = getElementTypeOrSelf(resultType);
  isInteger = !isa<FloatType>(element);
  width = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  int64_t size = extent == matrix::Extent::Row      ? rows
                 : extent == matrix::Extent::Column ? cols
                                                    : 1;
  values = Value::zeros(isInteger, 1, size, 1);
  for (int64_t i = 0; i < size; ++i)
    values.set(i, 0, foldOfNothing(fold, width));
}

void Folded::add(int64_t row, int64_t col, Scalar element) {
  int64_t position = extent == matrix::Extent::Row      ? row
                     : extent == matrix::Extent::Column ? col
                                                        : 0;
  Scalar sofar = values.at(position, 0), next;
  switch (fold) {
  case matrix::Fold::Sum:
    next.real = sofar.real + element.real;
    next.integer =
        wrapInteger(uint64_t(sofar.integer) + uint64_t(element.integer), width);
    break;
  case matrix::Fold::Maximum:
    next = {maximumOf(sofar.real, element.real),
            std::max(sofar.integer, element.integer)};
    break;
  case matrix::Fold::Minimum:
    next = {minimumOf(sofar.real, element.real),
            std::min(sofar.integer, element.integer)};
    break;
  }
  values.set(position, 0, next);
}

Value Folded::take() {
  if (extent == matrix::Extent::Scalar)
    return Value::scalar(values.at(0, 0), isInteger);
  return std::move(values);
}

FailureOr<MapResult> MapResult::create(matrix::MapOp op, Type type,
                                       int32_t fold, matrix::Extent extent,
                                       int64_t rows, int64_t cols) {
  MapResult result;
  if (fold >= 0) {
    std::optional<matrix::Fold> known = matrix::symbolizeFold(fold);
    if (!known)
      return op.emitError() << "expects a fold, got " << fold;
    result.folded.emplace(*known, extent, type, rows, cols);
    return result;
  }
  bool isInteger = !isa<FloatType>(getElementTypeOrSelf(type));
  if (extent == matrix::Extent::Scalar) {
    result.stored = Value::zeros(isInteger, 2, rows, cols);
    return result;
  }
  if (extent != matrix::Extent::Column || rows != 1)
    return op.emitError() << "expects a pass over one row where a vector is "
                             "stored, got "
                          << rows << " rows";
  result.stored = Value::zeros(isInteger, 1, cols, 1);
  return result;
}

void MapResult::put(int64_t row, int64_t col, Scalar element) {
  if (folded)
    folded->add(row, col, element);
  else if (stored.rank() == 1)
    stored.set(col, 0, element);
  else
    stored.set(row, col, element);
}

Value MapResult::take() { return folded ? folded->take() : std::move(stored); }

} // namespace steepest::reference
