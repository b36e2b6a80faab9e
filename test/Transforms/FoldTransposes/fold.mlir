// RUN: steepest-opt %s --steepest-fold-transposes --canonicalize | FileCheck %s
// RUN: steepest-opt %s --steepest-fold-transposes --remarks-filter=steepest-fold-transposes --verify-diagnostics -o /dev/null

// CHECK-LABEL: @fold
// expected-remark @+1 {{[Passed] FoldedTransposes | Category:steepest-fold-transposes | Function=fold | transposes=3}}
steepest.optimizer @fold(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // As an operand.
  // CHECK: %[[P:.*]] = matrix.product %w, %g {transpose_lhs} : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  %t = matrix.transpose %w : tensor<4x8xf32> -> tensor<8x4xf32>
  %p = matrix.product %t, %g : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  // Of a transpose.
  %tt = matrix.transpose %t : tensor<8x4xf32> -> tensor<4x8xf32>
  // CHECK: %[[A:.*]] = matrix.product %w, %[[P]] :
  %a = matrix.product %tt, %p : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  // Of a product: (G P)^T = P^T G^T.
  %gp = matrix.product %g, %p : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %gpt = matrix.transpose %gp : tensor<4x8xf32> -> tensor<8x4xf32>
  // CHECK: %[[B:.*]] = matrix.product %[[P]], %g {transpose_lhs, transpose_rhs}
  // CHECK: %[[S:.*]] = matrix.product %g, %g {symmetric, transpose_lhs}
  // Of a symmetric matrix, as a flag too.
  %s = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<8x8xf32>
  // CHECK: matrix.product %[[S]], %[[B]] : tensor<8x8xf32>
  %sb = matrix.product %s, %gpt {transpose_lhs} : tensor<8x8xf32>, tensor<8x4xf32> -> tensor<8x4xf32>
  // CHECK: matrix.product %[[A]], %{{.*}} :
  %ab = matrix.product %a, %sb : tensor<4x8xf32>, tensor<8x4xf32> -> tensor<4x4xf32>
  %w1 = matrix.product %ab, %w : tensor<4x4xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  steepest.update %w = %w1 : tensor<4x8xf32>
}

// CHECK-LABEL: @factors
// expected-remark @+1 {{transposes=1}}
steepest.optimizer @factors(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  // CHECK: matrix.product %g, %w {factors = bf16, transpose_lhs, transpose_rhs}
  %p = matrix.product %w, %g {factors = bf16} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %y = matrix.transpose %p : tensor<8x8xf32> -> tensor<8x8xf32>
  steepest.update %w = %y : tensor<8x8xf32>
}
