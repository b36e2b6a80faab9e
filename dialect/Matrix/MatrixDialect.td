//===- MatrixDialect.td - matrix programs on tensors -------*- tablegen -*-===//
//
// The dialect between the declaration (`steepest`) and the kernels (`kernel`).
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_DIALECT
#define STEEPEST_DIALECT_MATRIX_DIALECT

include "mlir/IR/OpBase.td"

def Matrix_Dialect : Dialect {
  let name = "matrix";
  let cppNamespace = "::steepest::matrix";
  let summary = "matrix programs on tensors";
  let description = [{
    What a steepest-descent rule computes, as values: products, symmetric
    eigen-problems, spectral functions and reductions of matrices. Elementwise
    work is `arith` and `math` on tensors, control flow is `scf`. Every op is
    a value of its operands, so that algebra can be done by rewriting; memory
    appears only in the `kernel` dialect.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
}

#endif // STEEPEST_DIALECT_MATRIX_DIALECT
