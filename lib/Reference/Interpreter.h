//===- Interpreter.h - the meaning of matrix programs -----------*- C++ -*-===//
//
// Evaluates blocks of `matrix`, `arith`, `math`, `tensor`, `scf` and `func`
// operations in float64, slowly and plainly. What a lowering computes is
// compared with this.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_INTERPRETER_H
#define STEEPEST_LIB_REFERENCE_INTERPRETER_H

#include "lib/Reference/Value.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace steepest::reference {

/// What one `matrix.certify` reported.
struct CertificateRecord {
  int32_t index;
  double value, bound, tangency, distance, iterations, outcome;
};

using Values = llvm::SmallVector<Value>;

class Interpreter {
public:
  /// Evaluates a function; calls go to functions of the same module.
  mlir::FailureOr<Values> evaluate(mlir::func::FuncOp function,
                                   llvm::ArrayRef<Value> arguments);

  /// Evaluates a block with its arguments bound and returns the operands of
  /// its terminator. Values defined outside of the block must be bound.
  mlir::FailureOr<Values> run(mlir::Block &block,
                              llvm::ArrayRef<Value> arguments);

  /// Gives `key` a value, which must be of its type. Fails with a diagnostic.
  mlir::LogicalResult bind(mlir::Value key, Value value);
  /// The value of anything that was bound or evaluated.
  const Value &get(mlir::Value key) const;

  /// The status of the first `matrix.require` that failed. Evaluation goes on
  /// behind it.
  std::optional<int32_t> getFailedStatus() const { return failedStatus; }
  /// What was certified, in the order of evaluation.
  llvm::ArrayRef<CertificateRecord> getCertificates() const {
    return certificates;
  }

  /// Operations of arithmetic spent so far, to compare programs with: one for
  /// every element of a result, as many as the inner extent for one of a
  /// product, ten times the smaller extent for one of a spectral function.
  double getWork() const { return work; }

private:
  double costOf(mlir::Operation &op) const;

  using Results = llvm::SmallVectorImpl<Value>;
  /// Nothing when the operation is not of the family.
  using Outcome = std::optional<mlir::LogicalResult>;

  mlir::LogicalResult checkOperands(mlir::Operation &op);
  mlir::LogicalResult evaluate(mlir::Operation &op);
  Outcome evaluateScalars(mlir::Operation &op, Results &results);
  Outcome evaluateTensors(mlir::Operation &op, Results &results);
  Outcome evaluateControl(mlir::Operation &op, Results &results);
  Outcome evaluateMatrix(mlir::Operation &op, Results &results);
  mlir::LogicalResult evaluateMap(mlir::Operation &op, Results &results);

  llvm::DenseMap<mlir::Value, Value> environment;
  std::optional<int32_t> failedStatus;
  double work = 0;
  llvm::SmallVector<CertificateRecord> certificates;
};

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_INTERPRETER_H
