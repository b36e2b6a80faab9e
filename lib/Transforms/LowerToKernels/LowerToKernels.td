//===- LowerToKernels.td - values become memory ------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS
#define STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS

include "mlir/Pass/PassBase.td"

def LowerToKernelsPass : Pass<"steepest-lower-to-kernels", "::mlir::ModuleOp"> {
  let summary = "matrix programs become kernels over memory";
  let description = [{
    Each `steepest.optimizer` becomes a `func.func` marked `kernel.entry`, whose
    arguments are the memory of its tensors and its hyper-parameters. Every
    tensor value gets a buffer of its own (`memref.alloc`, at the entry of the
    function, of extents that are functions of the arguments' extents); tensors
    carried by loops get one buffer each. Parameters and states are written at
    the end, and only if every `matrix.require` held.

    Expects maps to be formed (`steepest-form-maps`) and spectral functions
    lowered.

    Example:

    ```mlir
    %p = matrix.product %a, %b : ...
    // becomes
    %p = memref.alloc(%n, %m) : memref<?x?xf32>
    kernel.product %a, %b into %p scratch(%s) : ...
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "width of the target's vectors in bits: 512, 256 or 128">,
    ListOption<"factors", "factors", "std::string",
               "what the target multiplies faster than f32 as factors of a "
               "product: bf16, f16, tf32; `factors` of a product that are not "
               "among them are disregarded">,
    Option<"device", "device", "bool", "false",
           "whether the kernels are for a GPU, where products pack less and "
           "maps are cut finer">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::steepest::kernel::KernelDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_LOWERTOKERNELS
