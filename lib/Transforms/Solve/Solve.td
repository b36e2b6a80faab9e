//===- Solve.td - directions become matrix programs --------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SOLVE
#define STEEPEST_LIB_TRANSFORMS_SOLVE

include "mlir/Pass/PassBase.td"

def SolvePass : Pass<"steepest-solve", "::steepest::OptimizerOp"> {
  let summary = "replace directions by closed forms and solvers";
  let description = [{
    Every `steepest.direction` becomes the matrix program of the first method
    of the registry that matches it (or of the method it names), with its
    certificate. The other ops of the language become elementwise arithmetic,
    retractions the program of their manifold. The step is made to require
    finite gradients, and points close to their manifold.

    Every choice is a remark: `Method` (passed) with the method and why,
    `MethodRejected` (missed) with the reason, for every method passed over.

    Example:

    ```mlir
    %phi = steepest.direction %g norm(#steepest.linf) : tensor<?x?xf32>
    // becomes
    %s = ... sign of %g, elementwise
    matrix.certify 0 value(%v) bound(%u) ...
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "width of the target's vectors in bits: 512, 256 or 128">,
    Option<"hasInverses", "inverses", "bool", "true",
           "whether powers of matrices may be made of inverses">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_SOLVE
