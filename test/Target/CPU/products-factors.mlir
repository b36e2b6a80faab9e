// RUN: steepest-opt %s --steepest-emit-products --verify-diagnostics

// A CPU rounds factors to bf16 or not at all.
func.func @f16(%a: memref<4x4xf32>, %b: memref<4x4xf32>, %s: memref<?xi8>) {
  // expected-error@below {{expects `factors` of bf16 on a CPU, got 'f16'}}
  kernel.product %a, %a into %b scratch(%s) {factors = f16}
      : memref<4x4xf32>, memref<4x4xf32> into memref<4x4xf32>
  return
}
