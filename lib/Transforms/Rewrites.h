//===- Rewrites.h - what rewrites of products share -------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_REWRITES_H
#define STEEPEST_LIB_TRANSFORMS_REWRITES_H

#include "dialect/Matrix/Matrix.h"
#include "mlir/IR/Remarks.h"

namespace steepest {

/// A B without factor, addend or shift.
inline bool isPlain(matrix::ProductOp op) {
  return !op.getAlpha() && !op.getAddend() && !op.getGamma();
}

/// The product `A B` that op(value) is: A op^T and so on are told apart by the
/// flags. Null when `value` is none, or not a plain one.
inline matrix::ProductOp getPlainProduct(mlir::Value value) {
  auto product = value.getDefiningOp<matrix::ProductOp>();
  return product && isPlain(product) ? product : matrix::ProductOp();
}

/// "a x b x c": rows, inner extent and columns of a product.
inline std::string printExtents(matrix::ProductOp op) {
  auto lhs = llvm::cast<mlir::RankedTensorType>(op.getLhs().getType());
  auto result = llvm::cast<mlir::RankedTensorType>(op.getResult().getType());
  std::string text;
  for (int64_t extent :
       {result.getDimSize(0), lhs.getDimSize(op.getTransposeLhs() ? 0 : 1),
        result.getDimSize(1)})
    text +=
        (text.empty() ? "" : " x ") +
        (mlir::ShapedType::isDynamic(extent) ? "?" : std::to_string(extent));
  return text;
}

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_REWRITES_H
