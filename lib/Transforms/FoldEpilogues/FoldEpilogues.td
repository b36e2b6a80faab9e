//===- FoldEpilogues.td - scaling and adding go into products *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_FOLDEPILOGUES
#define STEEPEST_LIB_TRANSFORMS_FOLDEPILOGUES

include "mlir/Pass/PassBase.td"

def FoldEpiloguesPass : Pass<"steepest-fold-epilogues", "::steepest::OptimizerOp"> {
  let summary = "scaling and adding go into products";
  let description = [{
    s (A B), A B + s D and A B + s I are computed where a product writes its
    result, which saves a pass over memory. A B must have no other use. D is
    folded only where it exists anyway (a product, an argument, or a value with
    other uses): what would be computed for it alone is as well fused into the
    pass that adds.

    Example:

    ```mlir
    %p = matrix.product %a, %b
    %s = matrix.broadcast %c like %p
    %m = arith.mulf %p, %s
    %y = arith.addf %m, %d
    // becomes
    %y = matrix.product %a, %b scale(%c) plus(%one, %d)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_FOLDEPILOGUES
