//===- Lowering.h - one optimizer's values become memory --------*- C++ -*-===//
//
// One walk over the matrix program, building the kernels of each op in order.
// Scalars stay values. A tensor is written once, by the op that makes it,
// except for tensors carried by loops, which have one buffer each that the end
// of an iteration copies into (Control.cpp).
//
// A requirement of the whole step opens a conditional that holds the rest of
// the step, so that nothing runs on values that are not finite. The update
// stands innermost: only there is memory of the host written (Update.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_LOWERING_H
#define STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_LOWERING_H

#include "dialect/Kernel/Kernel.h"
#include "lib/Transforms/LowerToKernels/Buffers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace steepest {

inline bool isTensor(mlir::Value value) {
  return mlir::isa<mlir::RankedTensorType>(value.getType());
}

class Lowering {
public:
  Lowering(OptimizerOp optimizer, mlir::func::FuncOp entry, mlir::Value status,
           unsigned vectorBits, llvm::ArrayRef<mlir::Type> factors, bool device)
      : optimizer(optimizer), status(status), vectorBits(vectorBits),
        factors(factors), device(device), buffers(optimizer, entry),
        builder(entry.getContext()) {}

  /// Lowers the body of the optimizer to `entry`.
  mlir::LogicalResult run(mlir::func::FuncOp entry);

private:
  mlir::LogicalResult lowerBlock(mlir::Block &block);
  mlir::LogicalResult lower(mlir::Operation &op);
  mlir::LogicalResult lowerProduct(matrix::ProductOp op);
  mlir::LogicalResult lowerMap(matrix::MapOp op, mlir::ValueRange outputs);
  mlir::LogicalResult lowerEigh(mlir::Operation *op, mlir::Value input,
                                mlir::Value values, mlir::Value vectors,
                                mlir::Value converged);
  void lowerRational(matrix::RationalOp op);
  mlir::LogicalResult lowerIf(mlir::scf::IfOp op);
  mlir::LogicalResult lowerFor(mlir::scf::ForOp op);
  mlir::LogicalResult lowerWhile(mlir::scf::WhileOp op);
  mlir::LogicalResult lowerRequire(matrix::RequireOp op);
  void lowerCertify(matrix::CertifyOp op);
  mlir::LogicalResult lowerUpdate(UpdateOp op);

  /// The memory that the op making `tensor` writes.
  mlir::Value destination(mlir::Value tensor);
  mlir::Value memoryOf(mlir::Value tensor) {
    mlir::Value buffer = buffers.lookup(tensor);
    assert(buffer && "tensor has no memory");
    return buffer;
  }
  void copy(mlir::Value from, mlir::Value to, mlir::Location loc);
  /// Copies tensors into buffers as if all at once.
  void copyAll(mlir::ValueRange tensors, mlir::ValueRange targets,
               mlir::Location loc);
  /// The memory inside `whole` of a tensor that is its block [row, col] of a
  /// grid of blocks like it.
  mlir::Value blockOf(mlir::Value whole, mlir::Value block, int64_t row,
                      int64_t col, mlir::Location loc);
  llvm::SmallVector<mlir::Value> scalarsOf(mlir::ValueRange values);
  bool isFinalMap(matrix::MapOp map);
  /// Whether the pass does nothing but look for gradients that are not finite:
  /// every input is a gradient, every result a largest value that is required
  /// to be below infinity.
  bool isGradientCheck(matrix::MapOp map);
  /// The pass, unless the host vouches for its gradients; then 0 stands for the
  /// largest values (GradientCheck.cpp).
  mlir::LogicalResult lowerGradientCheck(matrix::MapOp map);
  bool isReport(mlir::Operation &op);

  OptimizerOp optimizer;
  mlir::Value status;
  unsigned vectorBits;
  /// What factors of products are rounded to here.
  llvm::ArrayRef<mlir::Type> factors;
  bool device;
  Buffers buffers;
  mlir::OpBuilder builder;
  mlir::IRMapping scalars;
  /// Final maps that sum for certificates, and what is made of these sums: all
  /// of it is lowered with the update.
  llvm::SetVector<mlir::Operation *> reports;
  /// Memory that a tensor was promised before its op is lowered.
  llvm::DenseMap<mlir::Value, mlir::Value> promised;
};

} // namespace steepest

#endif // STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS_LOWERING_H
