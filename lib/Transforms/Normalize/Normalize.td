//===- Normalize.td - canonical specs ----------------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_NORMALIZE
#define STEEPEST_LIB_TRANSFORMS_NORMALIZE

include "mlir/Pass/PassBase.td"

def NormalizePass : Pass<"steepest-normalize", "::steepest::OptimizerOp"> {
  let summary = "bring a spec into canonical form";
  let description = [{
    1. A batch of matrices becomes one matrix: problems of a batch are
       independent, and the runtime runs the rule on each.
    2. Directions of several parameters under one norm become one direction of
       each, times a factor that couples them.
    3. Norms take their simplest equal form: `#steepest.schatten<2.0>` becomes
       `#steepest.frobenius`.
    4. The radius of a scaled norm becomes a factor of the result:
       direction(N / r) = r direction(N), and r^2 times in penalty form, since
       the dual norm of N / r is r times that of N.
    5. Directions are numbered, in order, for their certificates.

    A direction that is tangent to a curved manifold and changes its point
    without a retraction gets a warning.

    Example:

    ```mlir
    %p = steepest.direction %m norm(#steepest.rms_to_rms) : tensor<?x?xf32>
    // becomes
    %d = steepest.direction %m norm(#steepest.spectral) {index = 0 : i32} : tensor<?x?xf32>
    %p = steepest.scale %d, %r : tensor<?x?xf32>  // r = sqrt(rows / cols)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_NORMALIZE
