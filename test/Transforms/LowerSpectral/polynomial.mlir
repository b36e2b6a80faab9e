// RUN: steepest-opt %s --steepest-polynomial-steps --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-polynomial-steps --steepest-lower-spectral --remarks-filter-passed=steepest-lower-spectral --verify-diagnostics -o /dev/null

// Three products a step on the smaller side, two of them symmetric.
// CHECK-LABEL: @tall
steepest.optimizer @tall(%w: tensor<8x4xf32>, %g: tensor<8x4xf32>) {
  // CHECK-DAG: %[[A:.*]] = arith.constant 1.500000e+00 : f32
  // CHECK-DAG: %[[B:.*]] = arith.constant -5.000000e-01 : f32
  // CHECK-DAG: %[[C:.*]] = arith.constant 2.500000e-01 : f32
  // CHECK: %[[R:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_lhs} : {{.*}} -> tensor<4x4xf32>
  // CHECK: %[[P:.*]] = matrix.product %[[R]], %[[R]] scale(%[[C]] : f32) plus(%[[B]], %[[R]] : f32, tensor<4x4xf32>) shift(%[[A]] : f32) {symmetric}
  // CHECK: %[[Y:.*]] = matrix.product %[[X]], %[[P]] :
  // CHECK: steepest.update %w = %[[Y]]
  // expected-remark @+2 {{coefficients="(1.5000, -0.5000, 0.2500)"}}
  // expected-remark @+1 {{2 products on X and 1 of its Gram matrix: 3 n m^2 + 1 m^3 flops for n x m, m <= n}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25]>} : tensor<8x4xf32>
  steepest.update %w = %phi : tensor<8x4xf32>
}

// CHECK-LABEL: @wide
steepest.optimizer @wide(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK: %[[R:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_rhs} : {{.*}} -> tensor<4x4xf32>
  // CHECK: %[[P:.*]] = matrix.product %[[R]], %[[R]]
  // CHECK: matrix.product %[[P]], %[[X]] :
  // expected-remark @+2 {{steps=1}}
  // expected-remark @+1 {{route=standard}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25]>} : tensor<4x8xf32>
  steepest.update %w = %phi : tensor<4x8xf32>
}

// A cubic step needs no second symmetric product.
// CHECK-LABEL: @cubic
steepest.optimizer @cubic(%w: tensor<8x4xf32>, %g: tensor<8x4xf32>) {
  // CHECK-COUNT-2: matrix.product
  // CHECK-NOT: matrix.product
  // expected-remark @+2 {{steps=1}}
  // expected-remark @+1 {{route=standard}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.0]>} : tensor<8x4xf32>
  steepest.update %w = %phi : tensor<8x4xf32>
}

// Which side is smaller may show at run time only. So may what is cheaper: the
// steps on X where it is square, on the Gram matrix where it is long.
// CHECK-LABEL: @dynamic
steepest.optimizer @dynamic(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // The costs: of the standard route in n m^2 and lower, then of the other.
  // CHECK: %[[N:.*]] = arith.maximumf
  // CHECK: %[[M:.*]] = arith.minimumf
  // CHECK: %[[CHEAPER:.*]] = arith.cmpf ole
  // CHECK: scf.if %[[CHEAPER]]
  // CHECK: {symmetric, transpose_lhs}
  // CHECK: {symmetric, transpose_rhs}
  // CHECK: else
  // CHECK: {symmetric, transpose_lhs}
  // CHECK: {symmetric, transpose_rhs}
  // CHECK: steepest.update
  // expected-remark-re @+3 {{contract="#matrix.polynomials<[{{.*}}], rounding = {{[0-9.e-]+}}, lowest = 0.00088{{[0-9]+}}, schatten4 = true>"}}
  // expected-remark @+2 {{route=standard}}
  // expected-remark @+1 {{route=gram}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.1>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
