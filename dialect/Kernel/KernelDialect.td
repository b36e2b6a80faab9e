//===- KernelDialect.td - the kernel dialect -----------------*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_KERNEL_KERNELDIALECT_TD
#define STEEPEST_DIALECT_KERNEL_KERNELDIALECT_TD

include "mlir/IR/OpBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::steepest::kernel";
  let summary = "kernels over memory: products, fused maps, eigen-problems";
  let description = [{
    Every op works on memory that its caller owns: operands and results are
    memrefs with unit stride along the last dimension, and temporaries live in
    a `scratch` operand whose size is a function of the shapes
    (`lib/Target/CPU/Scratch.h`). Nothing allocates.

    Truth values live in memory as bytes: a tensor of i1 is a memref of i8, and
    `kernel.map` shows its elements as i1.

    Three unit attributes on `func.func` mark the functions that the target
    exports:

    - `kernel.entry`: the step of one problem. Its arguments are the tensors
      (memrefs of rank 1 or 2), then the hyper-parameters (f64), then the
      workspace (`memref<?xi8>`); it returns an i32 status. Exported as
      `int32_t NAME__kernel(const steepest_kernel_arguments *)`.
    - `kernel.workspace`: the size of the workspace. Its arguments are the rows
      and columns of every tensor and the number of threads, all `index`; it
      returns an `index`. Exported under its own name as
      `int64_t NAME(const int64_t *dims, int64_t threads)`.
    - `kernel.cost`: the estimated time of a step. The same without the number
      of threads: `int64_t NAME(const int64_t *dims)`.

    The argument attribute `kernel.context` marks the pointer to
    `steepest_kernel_arguments` that the target hands to functions.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
  let extraClassDeclaration = [{
    /// Name of the unit attribute of the function that performs a step.
    static constexpr ::llvm::StringLiteral getEntryAttrName() {
      return "kernel.entry";
    }
    /// Name of the attribute of the argument that points to the host's
    /// arguments.
    static constexpr ::llvm::StringLiteral getContextAttrName() {
      return "kernel.context";
    }
    /// Name of the unit attribute of the function that estimates the time.
    static constexpr ::llvm::StringLiteral getCostAttrName() {
      return "kernel.cost";
    }
    /// Name of the unit attribute of the function that sizes the workspace.
    static constexpr ::llvm::StringLiteral getWorkspaceAttrName() {
      return "kernel.workspace";
    }
  }];
}

#endif // STEEPEST_DIALECT_KERNEL_KERNELDIALECT_TD
