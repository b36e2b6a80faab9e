//===- EmitInverse.td - the pass that emits inverses ---------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_TD
#define STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_TD

include "mlir/Pass/PassBase.td"

def EmitInversePass : Pass<"steepest-emit-inverse", "::mlir::ModuleOp"> {
  let summary = "emit rational functions as products of inverse factors";
  let description = [{
    A positive definite A has a Cholesky factor L, and A^-1 = L^-T L^-1. Each
    term of `kernel.rational` becomes a call that computes L^-1, and a product
    that adds w L^-T L^-1 to the result. The inverse factor is made by products
    alone: with A split in two,

        L1 = Linv(A11), T = L1 A21^T, L2 = Linv(A22 - T^T T),
        Linv(A) = [L1, 0; -L2 T^T L1, L2],

    2/3 m^3 flops where the products leave out the zeros of triangular factors;
    the last product takes m^3/3. Blocks of order 32 are eliminated in vectors.
    Inverting A itself by blocks (the Schur complement A22 - A21 A11^-1 A12)
    would take as many products and lose all digits at condition 1e4.

    With several workers, as many terms as there are workers are factored side
    by side; terms that are left over, and all when they are few and large, one
    after another with parallel products. Terms are added in their order in any
    case, so that the bits do not depend on the workers. Runs before
    `steepest-emit-products`.

    ```mlir
    %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([1.0])
        poles([0.0]) : memref<?x?xf32> into memref<?x?xf32>
    // becomes
    %ok = func.call @kernel.inverse_factor_f32(%a, %pole, %schur, %l, ...)
    kernel.product %l, %l into %y ... {transpose_lhs, symmetric, lhs_lower, rhs_lower}
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "512",
           "Width of the vector registers: 512 (AVX-512), 256 (AVX2 and FMA) "
           "or 128">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::steepest::kernel::KernelDialect"
  ];
}

#endif // STEEPEST_LIB_TARGET_CPU_EMITINVERSE_EMITINVERSE_TD
