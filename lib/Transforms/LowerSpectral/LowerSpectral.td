//===- LowerSpectral.td - spectral functions by products ---*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL
#define STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL

include "mlir/Pass/PassBase.td"

def LowerSpectralPass : Pass<"steepest-lower-spectral", "::steepest::OptimizerOp"> {
  let summary = "spectral functions become products and eigen-decompositions";
  let description = [{
    A `matrix.msign` takes the cheapest route that its contract and element type
    allow, by the cost model of `lib/Analysis/Cost`:

    - `standard`: odd polynomial steps on X, with coefficients made for the
      band's interval, or forced: three products a step, two of them symmetric;
    - `bf16`, `f16`, `tf32`: the same with factors of products rounded to that,
      where the contract allows that much rounding and the target multiplies it
      faster;
    - `gram`: the same steps on the smaller Gram matrix alone, with restarts
      where rounding asks for them, and only if what it moves values by stays
      within what the contract leaves;
    - `bf16-gram`, `f16-gram`, `tf32-gram`: that with factors of products
      rounded, with restarts only where the rows of the Gram matrix ask for them, which is seen while
      running;
    - `rational`: partial fractions of the Gram matrix, one inverse for each of
      them, where they are forced;
    - `exact`: the eigen-decomposition of the smaller Gram matrix in float64,
      for an exact contract.

    Where extents are dynamic and no route is the best for all, several are
    built, and the comparison of their costs. `matrix.spectral_power`,
    `matrix.leading` and `matrix.singular_values` go through the
    eigen-decomposition, one for all of them that are functions of the same
    matrix; the singular values of a leading part go through none.

    Example:

    ```mlir
    %phi, %n, %s = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>}
    // becomes, for each of the steps (a, b, c),
    %r = matrix.product %x, %x {symmetric, transpose_lhs}
    %p = matrix.product %r, %r scale(%c) plus(%b, %r) shift(%a) {symmetric}
    %y = matrix.product %x, %p
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
    Option<"shareDecompositions", "share-decompositions", "bool", "true",
           "whether functions of one matrix share its eigen-decomposition">,
    ListOption<"factors", "factors", "std::string",
               "what the target multiplies faster than f32 as factors of a "
               "product: bf16, f16, tf32">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::steepest::matrix::MatrixDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_LOWERSPECTRAL
