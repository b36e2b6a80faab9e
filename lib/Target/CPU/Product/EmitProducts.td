//===- EmitProducts.td - products as generated kernels -------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_TD
#define STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_TD

include "mlir/Pass/PassBase.td"

def EmitProductsPass : Pass<"steepest-emit-products", "::mlir::ModuleOp"> {
  let summary = "replaces products by calls of generated kernels";
  let description = [{
    Every `kernel.product` becomes a call of a private function that is
    generated once per element type; transposition, symmetry, triangular factors
    and the terms of the epilogue are arguments, so that the code for all products of a module is
    compiled once:

    ```mlir
    kernel.product %a, %b into %c scratch(%s) {transpose_rhs}
        : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
    ```

    becomes

    ```mlir
    func.call @kernel.product_f32(%a, %b, %c, %c, %one, %zero, %zero,
                                  %false, %true, %false, %false, %false, %false,
                                  %false, %false, %false, %false, %false, %s)
    ```

    with the matrices cast to `memref<?x?xf32, strided<[?, 1], offset: ?>>`. The
    functions are made of `scf`, `memref` and vectors of rank 1: packed panels,
    a tile of C in registers, blocks of k, rows and columns for the caches, and
    `kernel.parallel` around them. The order in which an element is summed
    depends on k alone.

    The scratch operand must have `buildProductScratchBytes` bytes
    (`lib/Target/CPU/Product/Scratch.h`), aligned to 64.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "Width of the vector registers: 512 (AVX-512), 256 (AVX2 and FMA) "
           "or 128">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_PRODUCT_EMITPRODUCTS_TD
