//===- ThreadContext.td - the pass that hands the host on ----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_TD
#define STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_TD

include "mlir/Pass/PassBase.td"

def ThreadContextPass : Pass<"steepest-thread-context", "::mlir::ModuleOp"> {
  let summary = "hand the host's arguments to every function that needs them";
  let description = [{
    A function that runs tasks, asks for the number of threads or writes
    certificates, or calls one that does, gets a leading argument: the pointer
    to `steepest_kernel_arguments`. Entries always get it. `kernel.threads` and
    `kernel.certify` become accesses through it.

    ```mlir
    func.func @f() -> index { %t = kernel.threads  return %t : index }
    // becomes
    func.func @f(%context: !llvm.ptr {kernel.context}) -> index {
      ... llvm.load ...
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::scf::SCFDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_THREADCONTEXT_THREADCONTEXT_TD
