// RUN: steepest-opt %s --steepest-lower-spectral="factors=bf16" --canonicalize --cse 2> /dev/null | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral="factors=bf16" --remarks-filter=steepest-lower-spectral -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: steepest-opt %s --steepest-lower-spectral --remarks-filter=steepest-lower-spectral -o /dev/null 2>&1 | FileCheck %s --check-prefix=OLDER

// Factors may be rounded to bf16: what is rounded does not hold the identity.
// CHECK-LABEL: @bf16
steepest.optimizer @bf16(%w: tensor<256x256xf32>, %g: tensor<256x256xf32>) {
  // CHECK-DAG: %[[A:.*]] = arith.constant 1.500000e+00 : f32
  // CHECK: %[[R:.*]] = matrix.product %[[X:.*]], %[[X]] {factors = bf16, symmetric, transpose_lhs}
  // CHECK: %[[P:.*]] = matrix.product %[[R]], %[[R]] scale(%{{.*}} : f32) plus(%{{.*}}, %[[R]] : f32, tensor<256x256xf32>) {factors = bf16, symmetric}
  // CHECK: matrix.product %[[X]], %[[P]] plus(%[[A]], %[[X]] : f32, tensor<256x256xf32>) {factors = bf16}
  // REMARK: [Passed] Route {{.*}}Function=bf16 {{.*}}of factors in bf16{{.*}}route=bf16
  // OLDER: [Missed] RouteRejected {{.*}}Function=bf16 {{.*}}the processor has no products of bf16
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.05>} : tensor<256x256xf32>
  steepest.update %w = %phi : tensor<256x256xf32>
}

// Less rounding than bf16 has leaves them as they are.
// CHECK-LABEL: @fine
steepest.optimizer @fine(%w: tensor<256x256xf32>, %g: tensor<256x256xf32>) {
  // CHECK-NOT: factors
  // CHECK: steepest.update
  // REMARK: [Missed] RouteRejected {{.*}}Function=fine {{.*}}factors in bf16 move values by 0.05, the contract allows 0.049
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.049>} : tensor<256x256xf32>
  steepest.update %w = %phi : tensor<256x256xf32>
}

// Five steps of Muon fit exactly into what examples/optimizers/muon_bf16.mlir
// allows them.
steepest.optimizer @muon(%w: tensor<256x256xf32>, %g: tensor<256x256xf32>) {
  // REMARK: [Passed] Route {{.*}}Function=muon {{.*}}of factors in bf16
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[3.4445, -4.775, 2.0315, 3.4445, -4.775, 2.0315, 3.4445, -4.775, 2.0315, 3.4445, -4.775, 2.0315, 3.4445, -4.775, 2.0315], rounding = 0.25>} : tensor<256x256xf32>
  steepest.update %w = %phi : tensor<256x256xf32>
}
