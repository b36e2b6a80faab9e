//===- PolynomialSteps.td - bands become polynomial steps --*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS
#define STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS

include "mlir/Pass/PassBase.td"

def PolynomialStepsPass : Pass<"steepest-polynomial-steps", "::steepest::OptimizerOp"> {
  let summary = "bands become polynomial steps";
  let description = [{
    Odd polynomial steps that keep the band of a `matrix.msign` take its place:
    the best composition for the interval from the lowest singular value that
    matters, relative to ||X||_S4, to 1 (The Polar Express, arXiv 2505.16932).
    What the band leaves beyond their error is left to rounding.

    A quintic step saves steps, a cubic one products in each. The fewest quintic
    steps are taken, and cubic ones in the place of some where the cheapest
    route is 2 % cheaper so, in the geometric mean over the extents that the
    type allows: as the last step of the Gram form, which costs one product
    less, and where the band does not need all of the last quintic one.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 0.1, error = 0.3>}
    // becomes
    %phi, %n, %s = matrix.msign %x {contract = #matrix.polynomials<[...],
        rounding = 0.01, lowest = 0.0088, schatten4 = true>}
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "width of the target's vectors in bits: 512, 256 or 128">,
    Option<"device", "device", "bool", "false",
           "whether steps run on a GPU">,
    Option<"stepPairs", "step-pairs", "bool", "true",
           "whether a CPU may take two quintic steps on a Gram matrix in four "
           "products">,
    ListOption<"factors", "factors", "std::string",
               "what the target multiplies faster than f32 as factors of a "
               "product: bf16, f16, tf32">
  ];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_POLYNOMIALSTEPS
