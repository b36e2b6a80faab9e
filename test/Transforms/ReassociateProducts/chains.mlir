// RUN: steepest-opt %s --steepest-reassociate-products | FileCheck %s
// RUN: steepest-opt %s --steepest-reassociate-products --remarks-filter=steepest-reassociate-products --verify-diagnostics -o /dev/null

// (W G^T) W: 1024 x 64 x 1024 and 1024 x 1024 x 64, or 64 x 1024 x 64 and
// 1024 x 64 x 64.
// CHECK-LABEL: @tall
steepest.optimizer @tall(%w: tensor<1024x64xf32>, %g: tensor<1024x64xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %g, %w {transpose_lhs} : {{.*}} -> tensor<64x64xf32>
  // CHECK: %[[Y:.*]] = matrix.product %w, %[[P]] :
  // CHECK: steepest.update %w = %[[Y]]
  %p = matrix.product %w, %g {transpose_rhs} : tensor<1024x64xf32>, tensor<1024x64xf32> -> tensor<1024x1024xf32>
  // expected-remark @+1 {{[Passed] ReassociatedProduct | Category:steepest-reassociate-products | Function=tall | Remark="(A B) C becomes A (B C)", time=}}
  %y = matrix.product %p, %w : tensor<1024x1024xf32>, tensor<1024x64xf32> -> tensor<1024x64xf32>
  steepest.update %w = %y : tensor<1024x64xf32>
}

// The same read transposed: W^T (G W^T), cheaper as (W^T G) W^T.
// CHECK-LABEL: @transposed
steepest.optimizer @transposed(%w: tensor<1024x64xf32>, %g: tensor<1024x64xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %w, %g {transpose_lhs} : {{.*}} -> tensor<64x64xf32>
  // CHECK: matrix.product %[[P]], %w {transpose_rhs} : tensor<64x64xf32>, tensor<1024x64xf32> -> tensor<64x1024xf32>
  %p = matrix.product %w, %g {transpose_rhs} : tensor<1024x64xf32>, tensor<1024x64xf32> -> tensor<1024x1024xf32>
  // expected-remark @+1 {{A (B C) becomes (A B) C}}
  %y = matrix.product %w, %p {transpose_lhs, transpose_rhs} : tensor<1024x64xf32>, tensor<1024x1024xf32> -> tensor<64x1024xf32>
  %z = matrix.transpose %y : tensor<64x1024xf32> -> tensor<1024x64xf32>
  steepest.update %w = %z : tensor<1024x64xf32>
}

// Of dynamic extents either may be the larger one: nothing is known.
// CHECK-LABEL: @dynamic
steepest.optimizer @dynamic(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %w, %g {transpose_rhs}
  // CHECK: matrix.product %[[P]], %w :
  %p = matrix.product %w, %g {transpose_rhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %y = matrix.product %p, %w : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %y : tensor<?x?xf32>
}

// What others read stays.
// CHECK-LABEL: @shared
steepest.optimizer @shared(%w: tensor<1024x64xf32>, %g: tensor<1024x64xf32>) {
  // CHECK: matrix.product %w, %g {transpose_rhs}
  %p = matrix.product %w, %g {transpose_rhs} : tensor<1024x64xf32>, tensor<1024x64xf32> -> tensor<1024x1024xf32>
  %y = matrix.product %p, %w : tensor<1024x1024xf32>, tensor<1024x64xf32> -> tensor<1024x64xf32>
  %z = matrix.product %p, %y : tensor<1024x1024xf32>, tensor<1024x64xf32> -> tensor<1024x64xf32>
  steepest.update %w = %z : tensor<1024x64xf32>
}

// Which factors may be rounded to bf16 is said of these two products.
// CHECK-LABEL: @factors
steepest.optimizer @factors(%w: tensor<1024x64xf32>, %g: tensor<1024x64xf32>) {
  // CHECK: %[[P:.*]] = matrix.product %w, %g {factors = bf16, transpose_rhs}
  // CHECK: matrix.product %[[P]], %w :
  %p = matrix.product %w, %g {factors = bf16, transpose_rhs} : tensor<1024x64xf32>, tensor<1024x64xf32> -> tensor<1024x1024xf32>
  %y = matrix.product %p, %w : tensor<1024x1024xf32>, tensor<1024x64xf32> -> tensor<1024x64xf32>
  steepest.update %w = %y : tensor<1024x64xf32>
}
