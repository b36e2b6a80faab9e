//===- Buffers.h - memory for tensor values ---------------------*- C++ -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_BUFFERS_H
#define STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_BUFFERS_H

#include "dialect/Steepest/Steepest.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace steepest {

/// Memory of the tensors of one optimizer. All extents are functions of the
/// extents of the arguments, and all buffers are allocated at the entry of the
/// function, so that the planner sees every size before anything happens.
class Buffers {
public:
  /// Buffers go before the first op of `entry`'s body.
  Buffers(OptimizerOp optimizer, mlir::func::FuncOp entry);

  /// The type of the memory of a tensor: dynamic extents, i8 for i1.
  static mlir::MemRefType getType(mlir::Type tensor);

  /// Extent of a tensor of the optimizer, as a value at the entry.
  mlir::Value extent(mlir::Value tensor, unsigned dim);
  /// An index of the optimizer as a value at the entry.
  mlir::Value index(mlir::Value value);

  /// Fresh memory for a tensor.
  mlir::Value allocate(mlir::Value tensor);
  /// Fresh bytes.
  mlir::Value allocateBytes(mlir::Value bytes, mlir::Location loc);

  /// The memory of a tensor; null when it has none yet.
  mlir::Value lookup(mlir::Value tensor) { return memory.lookup(tensor); }
  void assign(mlir::Value tensor, mlir::Value buffer) {
    memory[tensor] = buffer;
  }

  mlir::OpBuilder &atEntry() { return builder; }

  /// Whether every extent asked for was found; if not, errors were reported.
  llvm::LogicalResult getResult() const { return llvm::success(!failed); }

private:
  mlir::Value computeExtent(mlir::Value tensor, unsigned dim);

  OptimizerOp optimizer;
  mlir::func::FuncOp entry;
  bool failed = false;
  /// Inserts at the entry, after all that it inserted before.
  mlir::OpBuilder builder;
  llvm::DenseMap<mlir::Value, mlir::Value> memory, indices;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> extents;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_BUFFERS_H
