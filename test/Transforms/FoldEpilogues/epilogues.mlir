// RUN: steepest-opt %s --steepest-fold-epilogues --canonicalize | FileCheck %s
// RUN: steepest-opt %s --steepest-fold-epilogues --remarks-filter=steepest-fold-epilogues --verify-diagnostics -o /dev/null

// CHECK-LABEL: @scaled_sum
steepest.optimizer @scaled_sum(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) hyper(%a: f32 = 2.0, %b: f32 = 3.0) {
  // CHECK: %[[Y:.*]] = matrix.product %w, %g scale(%a : f32) plus(%b, %w : f32, tensor<8x8xf32>) :
  // CHECK: steepest.update %w = %[[Y]]
  %p = matrix.product %w, %g : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %as = matrix.broadcast %a like %p : f32, tensor<8x8xf32> -> tensor<8x8xf32>
  // expected-remark @+1 {{[Passed] FoldedEpilogue | Category:steepest-fold-epilogues | Function=scaled_sum | extents="8 x 8 x 8", operation=arith.mulf}}
  %ap = arith.mulf %p, %as : tensor<8x8xf32>
  %bs = matrix.broadcast %b like %w : f32, tensor<8x8xf32> -> tensor<8x8xf32>
  %bw = arith.mulf %bs, %w : tensor<8x8xf32>
  // expected-remark @+1 {{operation=arith.addf}}
  %y = arith.addf %ap, %bw : tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}

// D - A B.
// CHECK-LABEL: @difference
steepest.optimizer @difference(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  // CHECK-DAG: %[[ONE:.*]] = arith.constant 1.0
  // CHECK-DAG: %[[MINUS:.*]] = arith.constant -1.0
  // CHECK: matrix.product %w, %g scale(%[[MINUS]] : f32) plus(%[[ONE]], %w : f32, tensor<8x8xf32>)
  %p = matrix.product %w, %g : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  // expected-remark @+1 {{operation=arith.subf}}
  %y = arith.subf %w, %p : tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}

// What is not symmetric cannot be added to half a result.
// CHECK-LABEL: @half
steepest.optimizer @half(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %g, %g {symmetric, transpose_lhs}
  // CHECK: arith.addf %[[P]], %w
  %p = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %y = arith.addf %p, %w : tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}

// A product that others read is needed as it is.
// CHECK-LABEL: @shared
steepest.optimizer @shared(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %w, %g :
  // CHECK: arith.addf %[[P]], %w
  %p = matrix.product %w, %g : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %y = arith.addf %p, %w : tensor<8x8xf32>
  %z = matrix.product %p, %y {transpose_lhs} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  steepest.update %w = %z : tensor<8x8xf32>
}

// An addend of one use is a pass of its own either way.
// CHECK-LABEL: @fused
steepest.optimizer @fused(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %w, %g :
  // CHECK: arith.addf %[[P]],
  %p = matrix.product %w, %g : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %d = math.absf %g : tensor<8x8xf32>
  %y = arith.addf %p, %d : tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}

// Factors that may be rounded to bf16 may be so afterwards.
// CHECK-LABEL: @factors
steepest.optimizer @factors(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) hyper(%a: f32 = 2.0) {
  // CHECK: matrix.product %w, %g scale(%a : f32) {factors = bf16}
  %p = matrix.product %w, %g {factors = bf16} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %as = matrix.broadcast %a like %p : f32, tensor<8x8xf32> -> tensor<8x8xf32>
  // expected-remark @+1 {{operation=arith.mulf}}
  %y = arith.mulf %p, %as : tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}

// Ones on the diagonal of what is not square are no shift.
// CHECK-LABEL: @diagonal
steepest.optimizer @diagonal(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  %i = matrix.index row like %g : tensor<4x8xf32> -> tensor<4x8xi64>
  %j = matrix.index column like %g : tensor<4x8xf32> -> tensor<4x8xi64>
  %k = arith.cmpi eq, %i, %j : tensor<4x8xi64>
  %e = arith.uitofp %k : tensor<4x8xi1> to tensor<4x8xf32>
  // CHECK: %[[R:.*]] = matrix.product %g, %g {symmetric, transpose_lhs}
  %r = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  // CHECK: %[[P:.*]] = matrix.product %w, %[[R]] : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %p = matrix.product %w, %r : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  // CHECK: arith.addf %[[P]]
  %y = arith.addf %p, %e : tensor<4x8xf32>
  steepest.update %w = %y : tensor<4x8xf32>
}
