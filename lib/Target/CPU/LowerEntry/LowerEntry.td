//===- LowerEntry.td - the pass that makes C functions -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_TD
#define STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_TD

include "mlir/Pass/PassBase.td"

def LowerEntryPass : Pass<"steepest-lower-entry", "::mlir::ModuleOp"> {
  let summary = "give entries and functions of shapes their C signature";
  let description = [{
    For `@NAME` marked `kernel.entry`, makes
    `int32_t NAME__kernel(const steepest_kernel_arguments *)`, which takes the
    tensors, hyper-parameters and workspace out of the struct. For `@SIZES`
    marked `kernel.workspace`, makes
    `int64_t SIZES(const int64_t *dims, int64_t threads)` and renames the
    function to `SIZES__indices`; one marked `kernel.cost` likewise, without the
    threads. Runs after `steepest-thread-context`.

    ```mlir
    func.func @f(%context: !llvm.ptr, %w: memref<?x?xf32, ...>,
                 %workspace: memref<?xi8>) -> i32 attributes {kernel.entry}
    // gets
    func.func @f__kernel(%context: !llvm.ptr) -> i32
    ```
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_LOWERENTRY_LOWERENTRY_TD
