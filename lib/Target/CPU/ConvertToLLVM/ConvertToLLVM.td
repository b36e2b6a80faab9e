//===- ConvertToLLVM.td - the last conversion ----------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_TD
#define STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_TD

include "mlir/Pass/PassBase.td"

def ConvertToLLVMPass : Pass<"steepest-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "convert functions, memory and arithmetic to LLVM at once";
  let description = [{
    One conversion of `arith`, `cf`, `func`, `index`, `memref`, `ub` and
    `vector` to the LLVM dialect, instead of one walk and a layer of casts for
    each. It is a full one: an operation that is none of these is an error.
    Structured control flow and vectors of several dimensions are gone before.

    ```mlir
    func.func @f(%a: index, %b: index) -> index {
      %c = arith.addi %a, %b : index
      return %c : index
    }
    // becomes
    llvm.func @f(%a: i64, %b: i64) -> i64 {
      %c = llvm.add %a, %b : i64
      llvm.return %c : i64
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // STEEPEST_LIB_TARGET_CPU_CONVERTTOLLVM_CONVERTTOLLVM_TD
