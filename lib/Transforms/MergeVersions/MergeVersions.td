//===- MergeVersions.td - the version for a shape, at run time *- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_MERGEVERSIONS
#define STEEPEST_LIB_TRANSFORMS_MERGEVERSIONS

include "mlir/Pass/PassBase.td"

def MergeVersionsPass : Pass<"steepest-merge-versions", "::mlir::ModuleOp"> {
  let summary = "the version for a shape is taken at run time";
  let description = [{
    Functions marked `steepest.version` (what `steepest-specialize` copied)
    become branches of the function they are a version of, taken when the
    parameter has their extents; so do their workspace sizes.

    Example:

    ```mlir
    func.func @f__4x8(...) attributes {steepest.version = {of = "f", rows = 4, cols = 8}} { BODY48 }
    func.func @f(%w: ...) { BODY }
    // becomes
    func.func @f(%w: ...) {
      %r = scf.if %w_is_4x8 -> (i32) { BODY48 } else { BODY }
      return %r
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_MERGEVERSIONS
