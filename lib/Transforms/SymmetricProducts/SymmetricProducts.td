//===- SymmetricProducts.td - compute half of symmetric products *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SYMMETRICPRODUCTS
#define STEEPEST_LIB_TRANSFORMS_SYMMETRICPRODUCTS

include "mlir/Pass/PassBase.td"

def SymmetricProductsPass : Pass<"steepest-symmetric-products", "::steepest::OptimizerOp"> {
  let summary = "compute half of symmetric products";
  let description = [{
    A product whose value is symmetric by the facts of its operands (X^T X,
    X S X^T with symmetric S, products of commuting symmetric matrices) is
    marked `symmetric`: half of its tiles are computed and mirrored. It saves
    n m^2 of 2 n m^2 flops of an m x m result.

    Example:

    ```mlir
    %r = matrix.product %x, %x {transpose_lhs}
    // becomes
    %r = matrix.product %x, %x {symmetric, transpose_lhs}
    ```
  }];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_SYMMETRICPRODUCTS
