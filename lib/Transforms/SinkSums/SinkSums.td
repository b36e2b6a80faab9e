//===- SinkSums.td - sums for certificates leave branches --*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SINKSUMS
#define STEEPEST_LIB_TRANSFORMS_SINKSUMS

include "mlir/Pass/PassBase.td"

def SinkSumsPass : Pass<"steepest-sink-sums", "::steepest::OptimizerOp"> {
  let summary = "sums for certificates leave the branches that make their tensors";
  let description = [{
    Where each branch of a conditional makes the direction by a route of its own
    and sums over it for a bound, the sum is taken after the conditional, where
    the pass that writes the step takes it along: one pass over memory less. What
    the branches make of the sum, scalars, follows it; the condition chooses
    among them.

    A sum leaves its branch when nothing but certificates is made of it, and
    when it is over tensors that the branch yields and others from above.

    Example:

    ```mlir
    %y, %bound = scf.if %c -> (tensor<?x?xf32>, f64) {
      %p = matrix.product ...
      %s = matrix.reduce sum %p to scalar
      %b = arith.mulf %s, %two
      scf.yield %p, %b
    } else {
      %q = matrix.product ...
      %t = matrix.reduce sum %q to scalar
      scf.yield %q, %t
    }
    // becomes
    %y = scf.if %c -> (tensor<?x?xf32>) {...} else {...}
    %s = matrix.reduce sum %y to scalar
    %b = arith.mulf %s, %two
    %bound = arith.select %c, %b, %s
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_SINKSUMS
