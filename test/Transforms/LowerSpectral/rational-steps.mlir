// RUN: steepest-opt %s --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral --remarks-filter-passed=steepest-lower-spectral --verify-diagnostics -o /dev/null

// A Gram matrix, inverses and a product for each function; the first in float64.
// Only the first Gram matrix is divided by its norm.
// CHECK-LABEL: @tall
steepest.optimizer @tall(%w: tensor<8x4xf32>, %g: tensor<8x4xf32>) {
  // CHECK: %[[G:.*]] = matrix.product %[[Y:.*]], %[[Y]] {symmetric, transpose_lhs} : {{.*}} -> tensor<4x4xf64>
  // CHECK: math.sqrt
  // CHECK: %[[H:.*]], %[[OK:.*]] = matrix.rational %{{.*}} constant(0.000000e+00) weights([2.000000e-01]) poles([1.000000e-02]) : tensor<4x4xf64>
  // CHECK: matrix.require %[[OK]], 3
  // CHECK: %[[Y1:.*]] = matrix.product %[[Y]], %[[H]] scale(%{{.*}} : f64) :
  // CHECK: %[[N1:.*]] = arith.truncf %[[Y1]]
  // CHECK-NEXT: %[[G1:.*]] = matrix.product %[[N1]], %[[N1]] {symmetric, transpose_lhs} : {{.*}} -> tensor<4x4xf32>
  // CHECK-NEXT: %[[H1:.*]], %[[OK1:.*]] = matrix.rational %[[G1]] constant(5.000000e-01) weights([4.000000e-01, 1.000000e+00]) poles([1.000000e-01, 1.000000e+00]) : tensor<4x4xf32>
  // CHECK: matrix.require %[[OK1]], 3
  // CHECK: %[[PHI:.*]] = matrix.product %[[N1]], %[[H1]] :
  // CHECK: steepest.update %w = %[[PHI]]
  // expected-remark @+1 {{Remark="2 rational functions of fresh Gram matrices, 1 in float64: 6 n m^2 + 3 m^3 flops for an n x m matrix, m <= n; poles 1.000e-02; 1.000e-01, 1.000e+00; from 0.01 of the Schatten-4 norm on within}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.rational_steps<[
      <constant = 0, weights = [0.2], poles = [0.01], wide = 1, wide_product = true>,
      <constant = 0.5, weights = [0.4, 1.0], poles = [0.1, 1.0]>], lowest = 1.0e-2>} : tensor<8x4xf32>
  steepest.update %w = %phi : tensor<8x4xf32>
}

// The mirror image.
// CHECK-LABEL: @wide
steepest.optimizer @wide(%w: tensor<4x8xf64>, %g: tensor<4x8xf64>) {
  // CHECK: matrix.product %[[Y:.*]], %[[Y]] {symmetric, transpose_rhs} : {{.*}} -> tensor<4x4xf64>
  // CHECK: %[[H:.*]], %{{.*}} = matrix.rational
  // CHECK: matrix.product %[[H]], %[[Y]]
  // CHECK-NOT: arith.truncf
  // expected-remark @+1 {{1 rational functions of fresh Gram matrices, 1 in float64: 3 n m^2 + 1 m^3}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.rational_steps<[
      <constant = 0.5, weights = [0.2], poles = [0.01]>]>} : tensor<4x8xf64>
  steepest.update %w = %phi : tensor<4x8xf64>
}

// An exact contract that the Gram matrix in float64 keeps.
// CHECK-LABEL: @kept
steepest.optimizer @kept(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK: matrix.eigh
  // expected-remark @+1 {{eigen-decomposition of the smaller Gram matrix in float64}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact<lowest = 1.0e-3>} : tensor<4x8xf32>
  steepest.update %w = %phi : tensor<4x8xf32>
}
