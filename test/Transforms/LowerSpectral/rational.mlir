// RUN: steepest-opt %s --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral --remarks-filter-passed=steepest-lower-spectral --verify-diagnostics -o /dev/null

// The Gram matrix of the smaller side, divided by its norm, the inverses and a
// product.
// CHECK-LABEL: @tall
steepest.optimizer @tall(%w: tensor<8x4xf32>, %g: tensor<8x4xf32>) {
  // CHECK: %[[G:.*]] = matrix.product %[[Y:.*]], %[[Y]] {symmetric, transpose_lhs} : {{.*}} -> tensor<4x4xf32>
  // CHECK: %[[H:.*]], %[[OK:.*]] = matrix.rational %{{.*}} constant(5.000000e-01) weights([1.000000e-02, 1.000000e-01]) poles([1.000000e-03, 1.000000e-01]) : tensor<4x4xf32>
  // CHECK: matrix.require %[[OK]], 3
  // CHECK: %[[PHI:.*]] = matrix.product %[[Y]], %[[H]] scale(%{{.*}} : f32) :
  // CHECK: steepest.update %w = %[[PHI]]
  // expected-remark @+1 {{Remark="2 inverses of the shifted Gram matrix, 0 in float64: 3 n m^2 + 2 m^3 flops for an n x m matrix, m <= n; constant 0.5, weights 1.000e-02, 1.000e-01, poles 1.000e-03, 1.000e-01, rounding}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.fractions<constant = 0.5, weights = [0.01, 0.1], poles = [0.001, 0.1]>} : tensor<8x4xf32>
  steepest.update %w = %phi : tensor<8x4xf32>
}

// The smallest poles of a float32 matrix in float64, the others not.
// CHECK-LABEL: @wide_pole
steepest.optimizer @wide_pole(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK: matrix.product %[[Y:.*]], %[[Y]] {symmetric, transpose_rhs} : {{.*}} -> tensor<4x4xf64>
  // CHECK-DAG: matrix.rational %{{.*}} constant(0.000000e+00) weights([1.000000e-02]) poles([1.000000e-03]) : tensor<4x4xf64>
  // CHECK-DAG: matrix.rational %{{.*}} constant(5.000000e-01) weights([1.000000e-01]) poles([1.000000e-01]) : tensor<4x4xf32>
  // CHECK: matrix.product %{{.*}} : tensor<4x4xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  // expected-remark @+1 {{inverses of the shifted Gram matrix, 1 in float64}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.fractions<constant = 0.5, weights = [0.01, 0.1], poles = [0.001, 0.1], wide = 1>} : tensor<4x8xf32>
  steepest.update %w = %phi : tensor<4x8xf32>
}

// All of it in float64, and the result rounded.
// CHECK-LABEL: @wide_product
steepest.optimizer @wide_product(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK-COUNT-1: matrix.rational {{.*}} tensor<4x4xf64>
  // CHECK: matrix.product %{{.*}} : tensor<4x4xf64>, tensor<4x8xf64> -> tensor<4x8xf64>
  // CHECK: arith.truncf
  // expected-remark @+1 {{inverses of the shifted Gram matrix, 2 in float64}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.fractions<constant = 0.5, weights = [0.01, 0.1], poles = [0.001, 0.1], wide = 2, wide_product = true>} : tensor<4x8xf32>
  steepest.update %w = %phi : tensor<4x8xf32>
}
