//===- LoosenBands.td - loose bands, then tight ones -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOOSENBANDS
#define STEEPEST_LIB_TRANSFORMS_LOOSENBANDS

include "mlir/Pass/PassBase.td"

def LoosenBandsPass : Pass<"steepest-loosen-bands", "::steepest::OptimizerOp"> {
  let summary = "a looser band first, where a gap is what was asked for";
  let description = [{
    The band of a `matrix.msign` that comes from a gap holds for the worst
    spectrum: one singular value that is large beside all others, which may be
    lost from `lowest` ||X||_2 on. Most are far from that. So a band from `gap`
    ||X||_2 on is taken first; its result comes with a bound N of ||X||_*, and
    where N - <X, Phi> / max(1, ||Phi||_2) is within nine tenths of the gap, the
    result stays. Elsewhere the band that was asked for is taken as well. Done where the cost model finds that the first takes
    at most `most` of the time of the second.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-5, error = 2.5e-3, gap = 1.0e-2>}
    // becomes
    %0:3 = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-2, error = 2.5e-3>}
    %1:3 = scf.if %enough {
      scf.yield %0#0, %0#1, %0#2
    } else {
      %2:3 = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-5, error = 2.5e-3>}
      scf.yield %2#0, %2#1, %2#2
    }
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
               "product: bf16, f16, tf32">,
    Option<"most", "most", "double", "0.75",
           "the part of the time that trying may take">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_LOOSENBANDS
