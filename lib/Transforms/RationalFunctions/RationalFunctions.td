//===- RationalFunctions.td - bands become fractions -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS
#define STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS

include "mlir/Pass/PassBase.td"

def RationalFunctionsPass : Pass<"steepest-rational-functions", "::steepest::OptimizerOp"> {
  let summary = "bands become rational functions where these are cheaper";
  let description = [{
    The band of a `matrix.msign` is kept by a rational function of the Gram
    matrix too: one product for that, one inverse for each of its poles, one
    product with X (`lib/Support/RationalPlan.h` says with how many poles, and
    which of them in float64). It takes the band's place where the cost model
    finds it cheaper than the best route of polynomial steps, in the geometric
    mean over the extents that the type allows. The same is done for the band of a
    `matrix.spectral_power`, where an eigen-decomposition is the alternative.

    The least singular value that a band holds is relative to ||X||_2, the
    function's argument to ||X||_S4 <= m^(1/4) ||X||_2 for m x n with m <= n.
    While m is open it is taken to be 16384; where that makes a function
    a tenth dearer in the mean, one for m up to a limit stands beside it, with
    a comparison of the extents before both. So the function depends on the
    extents alone, and versions for shapes apply the same as the general rule.

    Where rounding leaves no room for one function of the Gram matrix, and where
    that is cheaper by 5 %, it is several, each of what the one before has left
    (`lib/Support/RationalSteps.h`): so are narrow bands kept that begin low, and
    `#matrix.exact` with a lowest singular value.

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
    Option<"stepPairs", "step-pairs", "bool", "true",
           "whether a CPU may take two quintic steps on a Gram matrix in four "
           "products">,
    ListOption<"factors", "factors", "std::string",
               "what the target multiplies faster than f32 as factors of a "
               "product: bf16, f16, tf32">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_RATIONALFUNCTIONS
