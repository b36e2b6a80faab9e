//===- ReassociateProducts.td - chains of products in their cheapest order *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_REASSOCIATEPRODUCTS
#define STEEPEST_LIB_TRANSFORMS_REASSOCIATEPRODUCTS

include "mlir/Pass/PassBase.td"

def ReassociateProductsPass : Pass<"steepest-reassociate-products", "::steepest::OptimizerOp"> {
  let summary = "chains of products in their cheapest order";
  let description = [{
    (A B) C and A (B C) are equal; the cost model decides by the extents. With
    dynamic extents the order changes only where the other one is cheaper for
    all of them. A product with other uses, or with something added, stays.

    Example:

    ```mlir
    // a: 1024x64, b: 64x1024, c: 1024x64
    %p = matrix.product %a, %b : ... -> tensor<1024x1024xf32>
    %y = matrix.product %p, %c
    // becomes
    %q = matrix.product %b, %c : ... -> tensor<64x64xf32>
    %y = matrix.product %a, %q
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "width of the target's vectors in bits: 512, 256 or 128">,
    Option<"device", "device", "bool", "false",
           "whether steps run on a GPU">
  ];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_REASSOCIATEPRODUCTS
