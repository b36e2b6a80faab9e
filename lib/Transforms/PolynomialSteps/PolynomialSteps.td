//===- PolynomialSteps.td - bands become polynomial steps --*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS
#define STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS

include "mlir/Pass/PassBase.td"

def PolynomialStepsPass : Pass<"steepest-polynomial-steps", "::steepest::OptimizerOp"> {
  let summary = "bands become polynomial steps";
  let description = [{
    The fewest odd polynomial steps that keep the band of a `matrix.msign` take
    its place: the best composition for the interval from the lowest singular
    value that matters, relative to ||X||_S4, to 1 (The Polar Express, arXiv
    2505.16932). What the band leaves beyond their error is left to rounding.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 0.1, error = 0.3>}
    // becomes
    %phi, %n, %s = matrix.msign %x {contract = #matrix.polynomials<[...],
        rounding = 0.01, lowest = 0.0088, schatten4 = true>}
    ```
  }];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS
