//===- ShareProducts.td - one product for A B and its transpose *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SHAREPRODUCTS
#define STEEPEST_LIB_TRANSFORMS_SHAREPRODUCTS

include "mlir/Pass/PassBase.td"

def ShareProductsPass : Pass<"steepest-share-products", "::steepest::OptimizerOp"> {
  let summary = "one product for A B and its transpose";
  let description = [{
    B^T A^T is the transpose of A B: where both are computed, the second becomes
    a transpose of the first, a copy instead of 2 n m^2 flops. (Equal products
    are shared by `cse`.)

    Example:

    ```mlir
    %p = matrix.product %a, %b {transpose_lhs}
    %q = matrix.product %b, %a {transpose_lhs}
    // becomes
    %q = matrix.transpose %p
    ```
  }];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_SHAREPRODUCTS
