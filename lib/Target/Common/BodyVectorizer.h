//===- BodyVectorizer.h - the body of a map on vectors ----------*- C++ -*-===//
//
// The body of a map says what happens to one element. Here it is cloned onto
// vectors of consecutive columns: any op that is elementwise mappable means the
// same on vectors, so no op is known by name. What does not depend on the
// column (constants, values of rows, values from above) stays scalar and is
// broadcast where it meets a vector.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_COMMON_BODYVECTORIZER_H
#define STEEPEST_LIB_TARGET_COMMON_BODYVECTORIZER_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/Common/IndexBuilder.h"
#include "mlir/IR/IRMapping.h"

namespace steepest {

class BodyVectorizer {
public:
  BodyVectorizer(kernel::MapOp op, int64_t lanes) : op(op), lanes(lanes) {}

  /// Enters row `row`: loads the values of row inputs and clones all that
  /// depends on the row alone.
  void enterRow(IndexBuilder &builder, mlir::Value row);

  /// Clones the rest of the body onto the columns [column, column + lanes) of
  /// the row entered last, of which only those set in `mask` exist when it is
  /// given. Returns one vector per yielded value; lanes that do not exist are
  /// arbitrary.
  llvm::SmallVector<mlir::Value>
  cloneColumns(IndexBuilder &builder, mlir::Value column, mlir::Value mask);

  /// `type` on all lanes.
  mlir::VectorType getVectorType(mlir::Type element) const {
    return mlir::VectorType::get({lanes}, element);
  }

  /// Elements of memory, as i1 where they are truth values.
  mlir::Value load(IndexBuilder &builder, mlir::Value memory,
                   mlir::ValueRange indices, mlir::Value mask) const;
  void store(IndexBuilder &builder, mlir::Value vector, mlir::Value memory,
             mlir::ValueRange indices, mlir::Value mask) const;

private:
  /// Whether the op can be computed once per row: its operands are known, and
  /// it is harmless when the row has no columns.
  bool isUniform(mlir::Operation &nested);

  mlir::Value toVector(IndexBuilder &builder, mlir::Value value,
                       const mlir::IRMapping &vectors) const;

  kernel::MapOp op;
  int64_t lanes;
  mlir::Value row;
  /// Values of the body that are the same for all columns of the row.
  mlir::IRMapping uniform;
};

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_COMMON_BODYVECTORIZER_H
