//===- OutlineParallel.td - the pass that outlines tasks -----*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_TD
#define STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_TD

include "mlir/Pass/PassBase.td"

def OutlineParallelPass
    : Pass<"steepest-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "make tasks functions that the host's parallel_for calls";
  let description = [{
    The body of each `kernel.parallel` becomes a private function with the
    signature of `steepest_parallel_body`; the values that it uses travel in a
    struct on the stack, memrefs as their LLVM descriptors, constants not at
    all. With one thread or one task the function is called in a loop.

    What runs inside a task is serial: functions that it calls, and tasks within
    tasks, see a context with one thread. Runs after `steepest-thread-context`.

    ```mlir
    kernel.parallel %tasks {...}
    // becomes
    scf.if %parallel { llvm.call %parallel_for(%pool, %tasks, @f__task0, %captured) }
    else { scf.for %task = ... { func.call @f__task0(%captured, %task, 0) } }
    ```
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_OUTLINEPARALLEL_OUTLINEPARALLEL_TD
