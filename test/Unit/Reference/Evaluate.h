//===- Evaluate.h - running small programs in tests -------------*- C++ -*-===//

#ifndef STEEPEST_TEST_UNIT_REFERENCE_EVALUATE_H
#define STEEPEST_TEST_UNIT_REFERENCE_EVALUATE_H

#include "dialect/Matrix/Matrix.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace steepest::reference {

/// Evaluates the function `f` of a program and keeps what it said.
struct Evaluation {
  Evaluation(llvm::StringRef program, llvm::ArrayRef<Value> arguments) {
    context.loadDialect<matrix::MatrixDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect, mlir::math::MathDialect,
                        mlir::scf::SCFDialect, mlir::tensor::TensorDialect>();
    mlir::ScopedDiagnosticHandler handler(&context,
                                          [&](mlir::Diagnostic &diagnostic) {
                                            message += diagnostic.str();
                                            return mlir::success();
                                          });
    module = mlir::parseSourceString<mlir::ModuleOp>(program, &context);
    if (!module)
      return;
    auto function = module->lookupSymbol<mlir::func::FuncOp>("f");
    mlir::FailureOr<Values> evaluated =
        interpreter.evaluate(function, arguments);
    succeeded = mlir::succeeded(evaluated);
    if (succeeded)
      results = std::move(*evaluated);
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Interpreter interpreter;
  bool succeeded = false;
  Values results;
  std::string message;
};

/// The results of a program that must evaluate.
inline Values evaluate(llvm::StringRef program,
                       llvm::ArrayRef<Value> arguments = {}) {
  Evaluation evaluation(program, arguments);
  EXPECT_TRUE(evaluation.succeeded) << evaluation.message;
  // So that a test that goes on reads something.
  if (!evaluation.succeeded)
    evaluation.results.assign(8, Value());
  return evaluation.results;
}

/// The largest difference of two matrices of one shape, else infinity.
inline double difference(const Matrix &a, const Matrix &b) {
  if (a.rows() != b.rows() || a.cols() != b.cols())
    return std::numeric_limits<double>::infinity();
  return a.size() == 0 ? 0 : (a - b).cwiseAbs().maxCoeff();
}

} // namespace steepest::reference

#endif // STEEPEST_TEST_UNIT_REFERENCE_EVALUATE_H
