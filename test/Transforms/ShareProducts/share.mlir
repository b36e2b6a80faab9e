// RUN: steepest-opt %s --steepest-share-products | FileCheck %s
// RUN: steepest-opt %s --steepest-share-products --remarks-filter=steepest-share-products --verify-diagnostics -o /dev/null

// CHECK-LABEL: @share
steepest.optimizer @share(%w: tensor<16x8xf32>, %g: tensor<16x8xf32>) {
  %two = arith.constant 2.0 : f32
  // CHECK: %[[P:.*]] = matrix.product %w, %g {transpose_lhs}
  %p = matrix.product %w, %g {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // CHECK: matrix.transpose %[[P]]
  // expected-remark @+1 {{[Passed] SharedProduct | Category:steepest-share-products | Function=share | Remark="the transpose of a product that is there already", extents="8 x 16 x 8"}}
  %q = matrix.product %g, %w {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // Another factor is another product.
  // CHECK: matrix.product %g, %w scale
  %r = matrix.product %g, %w scale(%two : f32) {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // X^T X is its own transpose; it stays a product.
  // CHECK: matrix.product %g, %g {transpose_lhs}
  %s = matrix.product %g, %g {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  %qr = arith.addf %q, %r : tensor<8x8xf32>
  %qrs = arith.addf %qr, %s : tensor<8x8xf32>
  %w1 = matrix.product %w, %qrs : tensor<16x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  steepest.update %w = %w1 : tensor<16x8xf32>
}

// Not what is computed in one branch only.
// CHECK-LABEL: @branches
steepest.optimizer @branches(%w: tensor<16x8xf32>, %g: tensor<16x8xf32>) hyper(%s: f32 = 1.0) {
  %zero = arith.constant 0.0 : f32
  %c = arith.cmpf ogt, %s, %zero : f32
  // CHECK: scf.if
  // CHECK: matrix.product %w, %g
  // CHECK: else
  // CHECK: matrix.product %g, %w
  %p = scf.if %c -> (tensor<8x8xf32>) {
    %0 = matrix.product %w, %g {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
    scf.yield %0 : tensor<8x8xf32>
  } else {
    %0 = matrix.product %g, %w {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
    scf.yield %0 : tensor<8x8xf32>
  }
  %w1 = matrix.product %w, %p : tensor<16x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  steepest.update %w = %w1 : tensor<16x8xf32>
}
