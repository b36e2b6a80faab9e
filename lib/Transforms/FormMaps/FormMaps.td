//===- FormMaps.td - fuse elementwise work into passes -----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_FORMMAPS
#define STEEPEST_LIB_TRANSFORMS_FORMMAPS

include "mlir/Pass/PassBase.td"

def FormMapsPass : Pass<"steepest-form-maps", "::steepest::OptimizerOp"> {
  let summary = "fuse elementwise operations and reductions into passes over memory";
  let description = [{
    Every elementwise value that something else needs in memory (a product, a
    loop, the update), and every reduction, becomes a result of a
    `matrix.map`, which computes it from values in memory. Results over the
    same index space whose inputs are ready at the same place share one map:
    one pass over memory. Elementwise values used by several maps are computed
    anew in each, which costs arithmetic and saves memory traffic. The new
    values of parameters and states form the last maps.

    Example: momentum and its norm, in one pass over %m and %g,

    ```mlir
    %n, %u = matrix.map(%r, %c) ins(%m, %g : ...) access [0, 0] folds [0, -1] extents [0, 0] {
      ...
    } -> f64, tensor<?x?xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_FORMMAPS
