// RUN: steepest-opt --split-input-file --steepest-emit-products='vector-bits=512' %s | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: steepest-opt --split-input-file --steepest-emit-products='vector-bits=256' %s | FileCheck %s --check-prefixes=CHECK,HALF
// RUN: steepest-opt --split-input-file --steepest-emit-products='vector-bits=128' %s | FileCheck %s --check-prefixes=CHECK,NARROW

// Matrices are cast to one type; two products of one kind share a kernel.

// CHECK-LABEL: func.func @two_products
// CHECK: %[[A:.*]] = memref.cast %{{.*}} : memref<?x?xf32> to memref<?x?xf32, strided<[?, 1], offset: ?>>
// CHECK: call @kernel.product_f32(%[[A]], %{{.*}}, %[[C:.*]], %[[C]], %{{.*}}, %{{.*}}, %{{.*}}, %[[FALSE:false.*]], %[[TRUE:true.*]], %{{.*}}
// CHECK: call @kernel.product_f32(
// CHECK: return
func.func @two_products(%a: memref<?x?xf32>, %b: memref<?x?xf32>,
                        %c: memref<4x8xf32>, %s: memref<?xi8>) {
  kernel.product %a, %b into %c scratch(%s) {transpose_rhs}
      : memref<?x?xf32>, memref<?x?xf32> into memref<4x8xf32>
  kernel.product %b, %a into %c scratch(%s) {transpose_rhs}
      : memref<?x?xf32>, memref<?x?xf32> into memref<4x8xf32>
  return
}

// A product is one block, or pieces for the workers, or one piece.

// CHECK-LABEL: func.func private @kernel.product_f32(
// CHECK-SAME: attributes {llvm.linkage = #llvm.linkage<internal>
// WIDE: call @kernel.tiles_f32
// CHECK: kernel.threads
// CHECK: kernel.parallel
// CHECK: call @kernel.slab_f32
// CHECK: } else {
// CHECK: call @kernel.slab_f32

// The accumulators are values of the loop over k. The sizes of tile that the
// last rows and columns take come after the whole one.

// CHECK-LABEL: func.func private @kernel.tiles_f32(
// CHECK: memref.prefetch {{.*}} write
// WIDE: scf.for {{.*}} iter_args({{.*}}) -> ([[ROW:vector<32xf32>]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]]) {
// WIDE-COUNT-12: vector.fma {{.*}} vector<32xf32>
// WIDE: vector.maskedload {{.*}} vector<32xf32>
// WIDE-COUNT-12: vector.fma {{.*}} vector<32xf32>
// WIDE: scf.for {{.*}} -> (vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>) {
// WIDE: scf.for {{.*}} -> (vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>) {
// WIDE: vector.maskedload {{.*}} vector<16xf32>
// HALF: scf.for {{.*}} iter_args({{.*}}) -> ([[ROW:vector<16xf32>]], [[ROW]], [[ROW]], [[ROW]], [[ROW]], [[ROW]]) {
// HALF-COUNT-6: vector.fma {{.*}} vector<16xf32>
// NARROW: scf.for {{.*}} iter_args({{.*}}) -> ([[ROW:vector<8xf32>]], [[ROW]], [[ROW]], [[ROW]]) {
// NARROW-COUNT-4: vector.fma {{.*}} vector<8xf32>
// CHECK: scf.yield
// CHECK-NOT: memref.alloc

// Panels are as wide as a tile. Rows that run along k are transposed in
// registers. Only what some product of the module needs is emitted.

// CHECK-NOT: @kernel.mirror
// CHECK: func.func private @kernel.slab_f32(
// WIDE-LABEL: func.func private @kernel.pack_transpose_f32_32(
// HALF-LABEL: func.func private @kernel.pack_transpose_f32_16(
// NARROW-LABEL: func.func private @kernel.pack_transpose_f32_8(
// WIDE: vector.load {{.*}} vector<16xf32>
// HALF: vector.load {{.*}} vector<8xf32>
// NARROW: vector.load {{.*}} vector<4xf32>
// CHECK: vector.shuffle
// CHECK-NOT: pack_copy

// -----

// The terms of the epilogue are arguments: scale, plus, shift.

// CHECK-LABEL: func.func @epilogue
// CHECK: call @kernel.product_f64({{.*}}, %arg4, %arg5, %arg6, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %true{{[_0-9]*}}, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %true{{[_0-9]*}}, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %arg3)
func.func @epilogue(%a: memref<?x?xf64>, %c: memref<?x?xf64>,
                    %d: memref<?x?xf64>, %s: memref<?xi8>, %x: f64, %y: f64,
                    %z: f64) {
  kernel.product %a, %a into %c scratch(%s) scale(%x : f64)
      plus(%y, %d : f64, memref<?x?xf64>) shift(%z : f64)
      {transpose_lhs, symmetric}
      : memref<?x?xf64>, memref<?x?xf64> into memref<?x?xf64>
  return
}

// CHECK-LABEL: func.func private @kernel.product_f64(
// CHECK: func.func private @kernel.mirror_f64(
// CHECK-NOT: pack_transpose
// WIDE: func.func private @kernel.pack_copy_f64_16(
// WIDE: func.func private @kernel.pack_copy_f64_12(
// HALF: func.func private @kernel.pack_copy_f64_8(
// HALF: func.func private @kernel.pack_copy_f64_6(
// NARROW: func.func private @kernel.pack_copy_f64_4(

// -----

// Triangular factors are arguments as well: the loops over k begin and end where
// the terms of a tile do. Without its mirror image the result needs no mirror.

// CHECK-LABEL: func.func @triangular
// CHECK: call @kernel.product_f32({{.*}}, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %true{{[_0-9]*}}, %true{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %false{{[_0-9]*}}, %arg2)
func.func @triangular(%l: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  kernel.product %l, %l into %c scratch(%s)
      {transpose_lhs, symmetric, lower_result, lhs_lower, rhs_lower}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// CHECK-NOT: @kernel.mirror
// CHECK-LABEL: func.func private @kernel.tiles_f32(
// CHECK: memref.prefetch
// CHECK: scf.for %{{.*}} = %{{[0-9]+}} to %{{[0-9]+}} step %{{.*}} iter_args
