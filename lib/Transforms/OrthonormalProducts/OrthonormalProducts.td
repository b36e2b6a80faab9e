//===- OrthonormalProducts.td - products with orthonormal matrices that cancel *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_ORTHONORMALPRODUCTS
#define STEEPEST_LIB_TRANSFORMS_ORTHONORMALPRODUCTS

include "mlir/Pass/PassBase.td"

def OrthonormalProductsPass : Pass<"steepest-orthonormal-products", "::steepest::OptimizerOp"> {
  let summary = "products with orthonormal matrices that cancel";
  let description = [{
    With orthonormal columns, Q^T Q = I and Q^T (Q B) = B; with orthonormal
    rows Q Q^T = I and Q (Q^T B) = B, and the same from the right. Only facts
    that hold within `drift` are used: by default those that hold up to
    rounding, as of eigenvectors. A parameter on a manifold is orthonormal
    within 1e-2 only, which its step corrects and reports: taking it for exact
    would switch that off.

    Example:

    ```mlir
    %v, %q, %ok = matrix.eigh %a
    %y = matrix.product %q, %b
    %z = matrix.product %q, %y {transpose_lhs}
    // becomes %b
    ```
  }];
  let options = [
    Option<"drift", "drift", "double", "0.0",
           "largest distance from orthonormality to take for none">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_ORTHONORMALPRODUCTS
