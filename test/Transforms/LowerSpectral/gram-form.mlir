// RUN: steepest-opt %s --steepest-polynomial-steps --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-polynomial-steps --steepest-lower-spectral --remarks-filter=steepest-lower-spectral --verify-diagnostics -o /dev/null

// On a long matrix two products touch X and the steps are symmetric products of
// its Gram matrix: one for P, one for Q after the first step, two for the next
// G before the last. The last two steps are one polynomial of degree 12, in four
// products and one pass.
// CHECK-LABEL: @long
steepest.optimizer @long(%w: tensor<1024x256xf32>, %g: tensor<1024x256xf32>) {
  // CHECK: %[[G0:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_lhs} : tensor<1024x256xf32>, {{.*}} -> tensor<256x256xf32>
  // CHECK: %[[P0:.*]] = matrix.product %[[G0]], %[[G0]] scale({{.*}}) plus({{.*}}, %[[G0]] : {{.*}}) shift({{.*}}) {symmetric}
  // CHECK: %[[T:.*]] = matrix.product %[[P0]], %[[G0]] {symmetric}
  // CHECK: %[[G1:.*]] = matrix.product %[[P0]], %[[T]] {symmetric}
  // CHECK: %[[P1:.*]] = matrix.product %[[G1]], %[[G1]]
  // CHECK: %[[Q1:.*]] = matrix.product %[[P1]], %[[P0]] {symmetric}
  // CHECK: %[[T1:.*]] = matrix.product %[[P1]], %[[G1]] {symmetric}
  // CHECK: %[[G2:.*]] = matrix.product %[[P1]], %[[T1]] {symmetric}
  // CHECK: %[[P2:.*]] = matrix.product %[[G2]], %[[G2]]
  // CHECK: %[[Q2:.*]] = matrix.product %[[P2]], %[[Q1]] {symmetric}
  // CHECK: %[[T2:.*]] = matrix.product %[[P2]], %[[G2]] {symmetric}
  // CHECK: %[[G3:.*]] = matrix.product %[[P2]], %[[T2]] {symmetric}
  // CHECK: %[[M:.*]] = matrix.product %[[G3]], %[[G3]] plus({{.*}}, %[[G3]] : {{.*}}) shift({{.*}}) {symmetric}
  // CHECK: %[[A:.*]] = matrix.product %[[M]], %[[M]] plus({{.*}}, %[[G3]] : {{.*}}) shift({{.*}}) {symmetric}
  // CHECK: %[[B:.*]] = matrix.product %[[M]], %[[A]] {symmetric}
  // CHECK: %[[R:.*]] = matrix.product %{{.*}}, %{{.*}} scale({{.*}}) plus({{.*}}) shift({{.*}}) {symmetric}
  // CHECK: %[[Q:.*]] = matrix.product %[[R]], %[[Q2]] {symmetric}
  // CHECK: matrix.product %[[X]], %[[Q]] : tensor<1024x256xf32>
  // CHECK-NOT: matrix.product
  // expected-remark @+7 {{the contract asks for no rational steps}}
  // expected-remark @+6 {{[Missed] RouteRejected | Category:steepest-lower-spectral | Function=long | Reason="the contract asks for another function", route=exact}}
  // expected-remark @+5 {{Reason="gram is cheaper"}}
  // expected-remark @+4 {{PolynomialSteps}}
  // expected-remark @+3 {{16 symmetric products of m x m and 2 on X: 3 n m^2 + 16 m^3 flops for n x m, m <= n}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[3.4445, -4.7750, 2.0315, 3.4445, -4.7750, 2.0315, 3.4445, -4.7750, 2.0315, 3.4445, -4.7750, 2.0315, 3.4445, -4.7750, 2.0315]>} : tensor<1024x256xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<1024x256xf32>
}

// Small singular values drown in the rounding of a float32 Gram matrix: it is
// formed anew once the first steps have raised them.
// CHECK-LABEL: @restart
steepest.optimizer @restart(%w: tensor<256x1024xf32>, %g: tensor<256x1024xf32>) {
  // CHECK: %[[G:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_rhs} : tensor<256x1024xf32>
  // Its Frobenius norm is what the first step divides by; nothing passes over X.
  // CHECK: matrix.reduce sum
  // CHECK: %[[Y:.*]] = matrix.product %{{.*}}, %[[X]] scale({{.*}}) : tensor<256x256xf32>, tensor<256x1024xf32>
  // CHECK: matrix.product %[[Y]], %[[Y]] {symmetric, transpose_rhs}
  // CHECK: matrix.product %{{.*}}, %[[Y]] : tensor<256x256xf32>, tensor<256x1024xf32>
  // expected-remark @+7 {{the contract asks for no rational steps}}
  // expected-remark @+6 {{the contract asks for another function}}
  // expected-remark @+5 {{route=standard}}
  // expected-remark @+4 {{PolynomialSteps}}
  // expected-remark @+3 {{a fresh Gram matrix after step 2; a fresh Gram matrix after step 4}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>} : tensor<256x1024xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<256x1024xf32>
}

// In float64 there is no need.
// CHECK-LABEL: @double
steepest.optimizer @double(%w: tensor<256x1024xf64>, %g: tensor<256x1024xf64>) {
  // CHECK-COUNT-1: tensor<256x1024xf64>, tensor<256x1024xf64> -> tensor<256x256xf64>
  // CHECK-NOT: tensor<256x1024xf64>, tensor<256x1024xf64> -> tensor<256x256xf64>
  // CHECK: steepest.update
  // expected-remark @+7 {{the contract asks for no rational steps}}
  // expected-remark @+6 {{route=exact}}
  // expected-remark @+5 {{route=standard}}
  // expected-remark @+4 {{PolynomialSteps}}
  // expected-remark @+3 {{route=gram}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>} : tensor<256x1024xf64>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<256x1024xf64>
}

// What the contract does not leave room for is not done.
// CHECK-LABEL: @exacting
steepest.optimizer @exacting(%w: tensor<256x1024xf32>, %g: tensor<256x1024xf32>) {
  // expected-remark @+7 {{the contract asks for no rational steps}}
  // expected-remark @+6 {{route=exact}}
  // expected-remark @+5 {{rounding of the Gram matrix in f32 moves values by}}
  // expected-remark @+4 {{PolynomialSteps}}
  // expected-remark @+3 {{route=standard}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-6>} : tensor<256x1024xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<256x1024xf32>
}

// A cubic step takes one product less.
// CHECK-LABEL: @cubic
steepest.optimizer @cubic(%w: tensor<1024x256xf32>, %g: tensor<1024x256xf32>) {
  // CHECK: %[[G:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_lhs}
  // CHECK: %[[T:.*]] = matrix.product %[[G]], %[[G]] scale(%[[B:.*]] : f32) plus(%[[A:.*]], %[[G]] :
  // CHECK: %[[H:.*]] = matrix.product %[[G]], %[[T]] scale(%[[B]] : f32) plus(%[[A]], %[[T]] :
  // CHECK: %[[Q:.*]] = matrix.product %[[H]], %{{.*}} scale(%[[B]] : f32) plus(%[[A]],
  // CHECK: matrix.product %[[X]], %[[Q]]
  // CHECK-NOT: matrix.product
  // expected-remark @+7 {{the contract asks for no rational steps}}
  // expected-remark @+6 {{route=exact}}
  // expected-remark @+5 {{route=standard}}
  // expected-remark @+4 {{PolynomialSteps}}
  // expected-remark @+3 {{3 symmetric products of m x m and 2 on X}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.0, 1.5, -0.5, 0.0]>} : tensor<1024x256xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<1024x256xf32>
}
