//===- FoldTransposes.td - transposes go into products -----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_FOLDTRANSPOSES
#define STEEPEST_LIB_TRANSFORMS_FOLDTRANSPOSES

include "mlir/Pass/PassBase.td"

def FoldTransposesPass : Pass<"steepest-fold-transposes", "::steepest::OptimizerOp"> {
  let summary = "transposes go into products";
  let description = [{
    A product reads either operand transposed at no cost. Hence A^T as an
    operand becomes a flag; S^T of a symmetric S becomes S; (A^T)^T becomes A;
    and (A B)^T, where A B has no other use, becomes B^T A^T. Flags on
    symmetric operands are dropped, so that equal products look equal.

    Example:

    ```mlir
    %t = matrix.transpose %a
    %p = matrix.product %t, %b
    // becomes
    %p = matrix.product %a, %b {transpose_lhs}
    ```
  }];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_FOLDTRANSPOSES
