//===- Specialize.td - versions of a rule for given shapes -*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_SPECIALIZE
#define STEEPEST_LIB_TRANSFORMS_SPECIALIZE

include "mlir/Pass/PassBase.td"

def SpecializePass : Pass<"steepest-specialize", "::mlir::ModuleOp"> {
  let summary = "versions of a rule for given shapes";
  let description = [{
    For every optimizer of one matrix parameter of dynamic shape, and for each
    of `shapes`, adds a copy whose tensors have the extents that follow, named
    `NAME__ROWSxCOLS` and marked `steepest.version_of`. Orientation is then
    known, and the routes of spectral functions are chosen for these extents
    alone. `steepest-merge-versions` makes one function of all versions.

    Runs after directions are solved, so that all versions solve the same
    problem to the same contract.

    Example:

    ```mlir
    steepest.optimizer @muon(%w: tensor<?x?xf32>, ...) { ... }
    // with shapes=768x3072 is followed by
    steepest.optimizer @muon__768x3072(%w: tensor<768x3072xf32>, ...)
        attributes {steepest.version_of = "muon"} { ... }
    ```
  }];
  let options = [
    ListOption<"shapes", "shapes", "std::string", "ROWSxCOLS of the parameter">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_SPECIALIZE
