// RUN: steepest-opt %s --pass-pipeline='builtin.module(func.func(steepest-lower-blocks))' | FileCheck %s
// RUN: steepest-opt %s --pass-pipeline='builtin.module(func.func(steepest-lower-blocks))' --remarks-filter=steepest-lower-blocks --verify-diagnostics -o /dev/null

// Read as factors on both sides, and below the diagonal as an addend.
// CHECK-LABEL: func.func @packed
func.func @packed(%x: memref<?x?xf32>, %y: memref<?x?xf32>, %n: index, %s: memref<?xi8>, %b: f32) {
  %r = memref.alloc(%n, %n) : memref<?x?xf32>
  %r2 = memref.alloc(%n, %n) : memref<?x?xf32>
  // CHECK: kernel.product %arg0, %arg0 into %[[R:[a-z_0-9]+]] {{.*}} {factors = bf16, lower_blocks_result, symmetric, transpose_rhs}
  // expected-remark @+1 {{[Passed] LowerBlocks | Category:steepest-lower-blocks | Function=packed | Remark="all who read the result pack it from the lower triangle, so that it is not mirrored"}}
  kernel.product %x, %x into %r scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  // CHECK: kernel.product %[[R]], %[[R]] into %[[R2:[a-z_0-9]+]] {{.*}} {factors = bf16, lhs_lower_blocks, lower_blocks_result, rhs_lower_blocks, symmetric}
  // expected-remark @+1 {{[Passed] LowerBlocks}}
  kernel.product %r, %r into %r2 scratch(%s) plus(%b, %r : f32, memref<?x?xf32>) {factors = bf16, symmetric} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  // CHECK: kernel.product %[[R2]], %arg0 into %arg1 {{.*}} {factors = bf16, lhs_lower_blocks}
  kernel.product %r2, %x into %y scratch(%s) {factors = bf16} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// Read otherwise: by a map, by a product in float32, as an addend above the
// diagonal, and nobody's factor. What the host owns is written whole.
// CHECK-LABEL: func.func @whole
// CHECK-NOT: lower_blocks
func.func @whole(%x: memref<?x?xf32>, %y: memref<?x?xf32>, %z: memref<?x?xf32>, %n: index, %s: memref<?xi8>, %b: f32) {
  %r = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.product %x, %x into %r scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %r, %x into %y scratch(%s) {factors = bf16} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  %sum = kernel.map %n, %n ins(%r : memref<?x?xf32>) [full] outs() [sum to scalar] scratch(%s) -> f32 {
  ^bb0(%i: index, %j: index, %a: f32):
    kernel.yield %a : f32
  }
  %q = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.product %x, %x into %q scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %q, %x into %y scratch(%s) : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %q, %x into %y scratch(%s) {factors = bf16} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  %p = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.product %x, %x into %p scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %p, %x into %y scratch(%s) plus(%b, %p : f32, memref<?x?xf32>) {factors = bf16} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  %o = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.product %x, %x into %o scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %x, %x into %y scratch(%s) {factors = bf16, symmetric, transpose_rhs} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  kernel.product %y, %x into %z scratch(%s) {factors = bf16} : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}
