//===- RationalFunctions.td - bands become fractions -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS
#define STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS

include "mlir/Pass/PassBase.td"

def RationalFunctionsPass : Pass<"steepest-rational-functions", "::steepest::OptimizerOp"> {
  let summary = "bands become partial fractions where these are cheaper";
  let description = [{
    The band of a `matrix.msign` is kept by a rational function of the Gram
    matrix too: one product for that, one inverse for each of its poles, one
    product with X (`lib/Support/RationalPlan.h` says with how many poles, and
    which of them in float64). It takes the band's place where the cost model
    finds it cheaper than the best route of polynomial steps, in the geometric
    mean over the extents that the type allows. The same is done for the band of a
    `matrix.spectral_power`, where an eigen-decomposition is the alternative. That is decided once for all
    extents, so that one spec applies one function.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 0.01, error = 0.01>}
    // becomes
    %phi, %n, %s = matrix.msign %x {contract = #matrix.fractions<constant = 0.22,
        weights = [...], poles = [...], wide = 1>}
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "width of the target's vectors in bits: 512, 256 or 128">,
    Option<"device", "device", "bool", "false",
           "whether steps run on a GPU">,
    Option<"hasBf16Products", "bf16-products", "bool", "false",
           "whether the target multiplies bf16 in pairs">
  ];
  let dependentDialects = ["::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS
