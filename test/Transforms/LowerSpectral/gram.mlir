// RUN: steepest-opt %s --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral --remarks-filter=steepest-lower-spectral --verify-diagnostics -o /dev/null

// The eigen-decomposition of the smaller Gram matrix in float64.
// CHECK-LABEL: @exact
steepest.optimizer @exact(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK: %[[GRAM:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_rhs} : {{.*}} -> tensor<4x4xf64>
  // CHECK: %{{.*}}, %[[Q:.*]], %[[OK:.*]] = matrix.eigh %[[GRAM]]
  // CHECK: matrix.require %[[OK]], 3
  // CHECK: matrix.product %[[Q]], %{{.*}} {symmetric, transpose_lhs}
  // CHECK: matrix.product %{{.*}}, %[[X]] :
  // expected-remark @+6 {{the contract asks for no rational steps}}
  // expected-remark @+5 {{Reason="the contract asks for no polynomial steps", route=standard}}
  // expected-remark @+4 {{Reason="the contract asks for no polynomial steps", route=gram}}
  // expected-remark @+3 {{[Passed] Route | Category:steepest-lower-spectral | Function=exact | Remark="eigen-decomposition of the smaller Gram matrix in float64: 3 n m^2 + about 11 m^3 flops", machine="AMD Zen 5, AVX-512, one thread"}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact} : tensor<4x8xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<4x8xf32>
}

// CHECK-LABEL: @power
steepest.optimizer @power(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK: matrix.eigh
  // CHECK-NOT: matrix.spectral_power
  // expected-remark @+1 {{operation=matrix.spectral_power}}
  %0:3 = matrix.spectral_power %g, 0.5 : tensor<8x4xf64>
  steepest.update %w = %0 : tensor<8x4xf64>
}

// CHECK-LABEL: @leading
steepest.optimizer @leading(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK: matrix.eigh
  // CHECK-NOT: matrix.leading
  // expected-remark @+1 {{operation=matrix.leading}}
  %0 = matrix.leading %g : tensor<8x4xf64>
  steepest.update %w = %0 : tensor<8x4xf64>
}

// Values need no vectors.
// CHECK-LABEL: @values
steepest.optimizer @values(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-NOT: matrix.eigh
  // CHECK: matrix.eigenvalues
  // expected-remark @+1 {{operation=matrix.singular_values}}
  %0 = matrix.singular_values %g : tensor<8x4xf64> -> tensor<4xf64>
  %1 = matrix.broadcast %0 along column like %g : tensor<4xf64>, tensor<8x4xf64> -> tensor<8x4xf64>
  steepest.update %w = %1 : tensor<8x4xf64>
}

// What is not spectral stays.
// CHECK-LABEL: @nothing
steepest.optimizer @nothing(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-NEXT: steepest.update
  steepest.update %w = %g : tensor<8x4xf64>
}
