//===- EmitEigh.td - the pass that emits eigen-problems ------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_TD
#define STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_TD

include "mlir/Pass/PassBase.td"

def EmitEighPass : Pass<"steepest-emit-eigh", "::mlir::ModuleOp"> {
  let summary = "emit eigen-problems as calls of LAPACK";
  let description = [{
    `kernel.eigh` becomes a call of `dsyevd_` or `ssyevd_`. LAPACK stops the
    process, or prints, when it meets a NaN; so a map first tells whether the
    matrix is finite, and LAPACK is called only then. Runs before
    `steepest-emit-maps`.

    ```mlir
    %ok = kernel.eigh %a values(%v) scratch(%s) : memref<?x?xf64>, memref<?xf64>
    // becomes
    %sum = kernel.map ... [sum to scalar]
    %ok = scf.if %finite -> i1 { llvm.call @dsyevd_(...) ... } else { false }
    ```
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_EMITEIGH_EMITEIGH_TD
