// RUN: steepest-opt %s --steepest-emit-inverse | FileCheck %s --check-prefixes=CHECK,LONG
// RUN: steepest-opt %s --steepest-emit-inverse='vector-bits=256' | FileCheck %s

// Terms are factored side by side or one after another, and added in order. The
// last one completes the upper triangle.

// CHECK-LABEL: func.func @rational
// CHECK-SAME: %[[A:.*]]: memref<?x?xf32>, %[[Y:.*]]: memref<?x?xf32>
// CHECK: kernel.threads
// CHECK: %[[DEFINED:.*]] = scf.for {{.*}} -> (i1)
// CHECK: scf.if
// CHECK: kernel.parallel
// CHECK: func.call @kernel.inverse_factor_f32(
// CHECK: } else {
// CHECK: func.call @kernel.inverse_factor_f32(
// CHECK: kernel.product %[[L:.*]], %[[L]] into %[[INTO:.*]] scratch({{.*}}) scale({{.*}}) {lhs_lower, lower_result, rhs_lower, symmetric, transpose_lhs}
// CHECK: kernel.product %[[L]], %[[L]] into %[[INTO]] scratch({{.*}}) scale({{.*}}) plus(%{{.*}}, %[[INTO]] : {{.*}}) {lhs_lower, lower_result, rhs_lower, symmetric, transpose_lhs}
// CHECK: kernel.product %[[L]], %[[L]] into %[[INTO]] scratch({{.*}}) scale({{.*}}) plus(%{{.*}}, %[[INTO]] : {{.*}}) shift(%{{.*}}) {lhs_lower, rhs_lower, symmetric, transpose_lhs}
// CHECK: return %[[DEFINED]]
func.func @rational(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) -> i1 {
  %defined = kernel.rational %a into %y scratch(%s) constant(1.0)
      weights([0.5, 2.0, 1.0]) poles([0.1, 3.0, 5.0])
      : memref<?x?xf32> into memref<?x?xf32>
  return %defined : i1
}

// One term is one product.
// CHECK-LABEL: func.func @inverse
// CHECK: call @kernel.inverse_factor_f32(
// CHECK: kernel.product {{.*}} shift({{.*}}) {lhs_lower, rhs_lower, symmetric, transpose_lhs}
// CHECK-NOT: kernel.product
func.func @inverse(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) -> i1 {
  %defined = kernel.rational %a into %y scratch(%s) constant(0.0)
      weights([1.0]) poles([0.0]) : memref<?x?xf32> into memref<?x?xf32>
  return %defined : i1
}

// The function calls itself for both halves; between them are four products,
// three of which have a triangular factor.
// CHECK-LABEL: func.func private @kernel.inverse_factor_f32(
// CHECK-NOT: alloc
// CHECK: call @kernel.inverse_leaf_f32_32
// LONG: call @kernel.inverse_leaf_f32_64
// CHECK: call @kernel.inverse_factor_f32
// CHECK: kernel.product {{.*}} {lhs_lower, transpose_rhs}
// CHECK: kernel.product {{.*}} {lower_result, symmetric, transpose_lhs}
// CHECK: call @kernel.inverse_factor_f32
// CHECK: kernel.product {{.*}} {rhs_lower, transpose_lhs}
// CHECK: kernel.product {{.*}} {lhs_lower}

// The elimination of a leaf: a vector is a row; four steps at a time take their
// multiples from every row below.
// CHECK-LABEL: func.func private @kernel.inverse_leaf_f32_32(
// CHECK-NOT: alloc
// CHECK: vector.maskedload {{.*}} vector<32xf32>
// CHECK: scf.for {{.*}} -> (f32, f32)
// CHECK-COUNT-4: math.sqrt
// CHECK: scf.for
// CHECK-COUNT-4: vector.fma {{.*}} vector<32xf32>
// CHECK-NEXT: {{.*}}vector.store {{.*}} vector<32xf32>
// LONG: func.func private @kernel.inverse_leaf_f32_64(
// CHECK-NOT: func.func
