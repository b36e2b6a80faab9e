//===- ShapeFunction.h - functions of the extents of an entry ---*- C++ -*-===//
//
// What a step needs (memory) and costs follows from the extents of its tensors.
// A function of these alone is made of values of the entry by cloning what they
// are made of.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE_SHAPEFUNCTION_H
#define STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE_SHAPEFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace steepest {

/// A function before `entry`, named `entry` and a suffix and marked with
/// `attribute`, of the rows and columns of every tensor (a vector is one row)
/// and, when it takes them, the number of threads; all are `index`, as is what
/// it returns.
class ShapeFunction {
public:
  ShapeFunction(mlir::func::FuncOp entry, llvm::StringRef suffix,
                llvm::StringRef attribute, bool takesThreads);

  /// The value of the entry as a value here; null when it is not made of
  /// extents alone.
  mlir::Value clone(mlir::Value value);
  /// Extent `dim` of memory of the entry, likewise.
  mlir::Value extent(mlir::Value memory, unsigned dim);

  /// Inserts at the end of the function.
  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Value constant(int64_t value);

  /// Returns `result` and ends the function.
  void finish(mlir::Value result);

private:
  mlir::Value argumentExtent(mlir::BlockArgument argument, unsigned dim);

  mlir::func::FuncOp entry;
  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
  mlir::IRMapping mapping;
  mlir::Value threads;
};

/// Values of an entry as numbers, for tensors of `rows` x `cols` and one
/// thread: what to order sizes by at compile time.
class ReferenceShape {
public:
  explicit ReferenceShape(mlir::func::FuncOp entry) : entry(entry) {}

  static constexpr int64_t rows = 3072, cols = 768;
  static std::string getName();

  /// 0 when it is not made of extents alone.
  int64_t evaluate(mlir::Value value);

private:
  mlir::Attribute fold(mlir::Value value);

  mlir::func::FuncOp entry;
  llvm::DenseMap<mlir::Value, mlir::Attribute> known;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE_SHAPEFUNCTION_H
