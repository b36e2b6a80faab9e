//===- LowerBlocks.td - symmetric results without a mirror -*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_LOWERBLOCKS
#define STEEPEST_LIB_TRANSFORMS_LOWERBLOCKS

include "mlir/Pass/PassBase.td"

def LowerBlocksPass : Pass<"steepest-lower-blocks", "::mlir::func::FuncOp"> {
  let summary = "leave symmetric results without their mirror image";
  let description = [{
    A symmetric product mirrors its result so that others can read all of it.
    Where a buffer is read by products alone that pack its elements in any case
    (those with `factors` of bf16), they are packed from the lower triangle, and
    the buffer stays in lower blocks. An addend of a symmetric product is read
    below the diagonal only. Whatever else reads a buffer, such as a map, keeps
    the mirror; products of f32 and f64 do, too, since they read narrow or small
    factors in place, which saves more than the mirror costs.

    Runs while every value has a buffer of its own.

    Example:

    ```mlir
    kernel.product %x, %x into %r scratch(%s) {factors = bf16, symmetric, transpose_rhs}
    kernel.product %r, %x into %y scratch(%s) {factors = bf16}
    // becomes
    kernel.product %x, %x into %r scratch(%s) {factors = bf16, lower_blocks_result, symmetric, transpose_rhs}
    kernel.product %r, %x into %y scratch(%s) {factors = bf16, lhs_lower_blocks}
    ```
  }];
  let dependentDialects = ["::steepest::kernel::KernelDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_LOWERBLOCKS
