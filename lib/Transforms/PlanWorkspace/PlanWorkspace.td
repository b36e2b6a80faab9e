//===- PlanWorkspace.td - one workspace for all buffers ----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE
#define STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE

include "mlir/Pass/PassBase.td"

def PlanWorkspacePass : Pass<"steepest-plan-workspace", "::mlir::ModuleOp"> {
  let summary = "place all buffers in the caller's workspace";
  let description = [{
    In every function marked `kernel.entry`, buffers (`memref.alloc` at the
    entry) become views of the workspace, the last argument. Buffers of equal
    size that are never needed at the same time share a place. A function
    `NAME__workspace` of the extents of all tensors (rows, cols each) and the
    number of threads, marked `kernel.workspace`, returns the bytes needed.

    Example:

    ```mlir
    %p = memref.alloc(%n, %m) : memref<?x?xf32>
    // becomes
    %p = memref.view %workspace[%offset][%n, %m] : memref<?xi8> to memref<?x?xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect", "::steepest::kernel::KernelDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_PLANWORKSPACE
