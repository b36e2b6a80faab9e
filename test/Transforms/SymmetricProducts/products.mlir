// RUN: steepest-opt %s --steepest-symmetric-products | FileCheck %s
// RUN: steepest-opt %s --steepest-symmetric-products --remarks-filter=steepest-symmetric-products --verify-diagnostics -o /dev/null

// CHECK-LABEL: @products
steepest.optimizer @products(%w: tensor<16x8xf32>, %g: tensor<16x8xf32>) {
  // CHECK: %[[R:.*]] = matrix.product %g, %g {symmetric, transpose_lhs}
  // expected-remark @+1 {{[Passed] SymmetricProduct | Category:steepest-symmetric-products | Function=products | Remark="half of the result is computed and mirrored", extents="8 x 16 x 8"}}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // Functions of one symmetric matrix commute.
  // CHECK: %[[R2:.*]] = matrix.product %[[R]], %[[R]] {symmetric}
  // expected-remark @+1 {{extents="8 x 8 x 8"}}
  %r2 = matrix.product %r, %r : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  // CHECK: matrix.product %[[R2]], %[[R]] {symmetric}
  // expected-remark @+1 {{extents="8 x 8 x 8"}}
  %r3 = matrix.product %r2, %r : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  // X S X^T of an S that is marked.
  // CHECK: %[[S:.*]] = matrix.product %w, %w
  // CHECK: %[[XS:.*]] = matrix.product %g, %[[S]] :
  %s = matrix.product %w, %w {symmetric, transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  %xs = matrix.product %g, %s : tensor<16x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  // CHECK: matrix.product %[[XS]], %g {{.*}}transpose_rhs
  // expected-remark @+1 {{extents="16 x 8 x 16"}}
  %xsx = matrix.product %xs, %g {transpose_rhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  // Not symmetric: matrices of different origin.
  // CHECK: %[[Q:.*]] = matrix.product %w, %w {symmetric, transpose_lhs}
  // expected-remark @+1 {{extents="8 x 16 x 8"}}
  %q = matrix.product %w, %w {transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
  // CHECK: matrix.product %[[R]], %[[Q]] :
  %rq = matrix.product %r, %q : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  steepest.update %w = %w : tensor<16x8xf32>
}
