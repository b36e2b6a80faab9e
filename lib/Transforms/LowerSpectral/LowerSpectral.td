//===- LowerSpectral.td - spectral functions by products ---*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL

include "mlir/Pass/PassBase.td"

def LowerSpectralPass : Pass<"steepest-lower-spectral", "::steepest::OptimizerOp"> {
  let summary = "spectral functions become products and eigen-decompositions";
  let description = [{
    `matrix.msign` with a band or polynomials becomes odd polynomial steps on
    the smaller side, with coefficients made for the band's interval: three
    products a step, two of them symmetric. With fractions it becomes one Gram
    matrix, one inverse for each of them, and one product. `matrix.msign` with an exact
    contract, `matrix.spectral_power`, `matrix.leading` and
    `matrix.singular_values` go through the eigen-decomposition of the smaller
    Gram matrix in float64.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>}
    // becomes, for each of the steps (a, b, c),
    %r = matrix.product %x, %x {symmetric, transpose_lhs}
    %p = matrix.product %r, %r scale(%c) plus(%b, %r) shift(%a) {symmetric}
    %y = matrix.product %x, %p
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL
