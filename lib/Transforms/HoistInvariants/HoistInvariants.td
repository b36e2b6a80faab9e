//===- HoistInvariants.td - what a loop does not change is computed once *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_HOISTINVARIANTS
#define STEEPEST_LIB_TRANSFORMS_HOISTINVARIANTS

include "mlir/Pass/PassBase.td"

def HoistInvariantsPass : Pass<"steepest-hoist-invariants", "::steepest::OptimizerOp"> {
  let summary = "what a loop does not change is computed once";
  let description = [{
    Operations of a matrix program are values of their operands: one whose
    operands come from outside of an `scf.for` or `scf.while` moves in front of
    it. Operations inside of a branch stay, as the branch may never be taken.

    Example:

    ```mlir
    scf.for %i = ... {
      %p = matrix.product %a, %a {transpose_lhs}
    // becomes
    %p = matrix.product %a, %a {transpose_lhs}
    scf.for %i = ... {
    ```
  }];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_HOISTINVARIANTS
