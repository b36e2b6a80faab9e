// RUN: steepest-opt %s --steepest-lower-spectral="factors=tf32,f16,bf16 device" --canonicalize --cse 2> /dev/null | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral="factors=tf32,bf16 device" --canonicalize --cse 2> /dev/null | FileCheck %s --check-prefix=TF32
// RUN: steepest-opt %s --steepest-lower-spectral="factors=tf32,f16,bf16 device" --remarks-filter=steepest-lower-spectral -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not steepest-opt %s --steepest-lower-spectral="factors=f8" 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: error: expects factors of bf16, f16 or tf32, got 'f8'

// Of f16 and bf16, which take as long, the contract gets the one that rounds
// less; what is rounded does not hold the identity.
// CHECK-LABEL: @loose
steepest.optimizer @loose(%w: tensor<2048x2048xf32>, %g: tensor<2048x2048xf32>) {
  // CHECK: %[[R:.*]] = matrix.product %[[X:.*]], %[[X]] {factors = f16, symmetric, transpose_lhs}
  // CHECK: %[[P:.*]] = matrix.product %[[R]], %[[R]] scale(%{{.*}}) plus(%{{.*}}, %[[R]] : {{.*}}) {factors = f16, symmetric}
  // CHECK: matrix.product %[[X]], %[[P]] plus(%{{.*}}, %[[X]] : {{.*}}) {factors = f16}
  // REMARK: RouteRejected {{.*}}Function=loose {{.*}}f16-gram is cheaper{{.*}}route=bf16,
  // REMARK: [Passed] Route {{.*}}Function=loose {{.*}}of factors in f16{{.*}}route=f16-gram,
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.05>} : tensor<2048x2048xf32>
  steepest.update %w = %phi : tensor<2048x2048xf32>
}

// A contract between both: bf16 is out, f16 is not; tf32 where there is no f16.
// CHECK-LABEL: @between
// TF32-LABEL: @between
steepest.optimizer @between(%w: tensor<2048x2048xf32>, %g: tensor<2048x2048xf32>) {
  // CHECK: {factors = f16, symmetric, transpose_lhs}
  // TF32: {factors = tf32, symmetric, transpose_lhs}
  // REMARK: RouteRejected {{.*}}Function=between {{.*}}factors in bf16 move values by 0.05, the contract allows 0.0125{{.*}}route=bf16
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.0125>} : tensor<2048x2048xf32>
  steepest.update %w = %phi : tensor<2048x2048xf32>
}

// Less than that, or steeper steps than are known, stay in f32.
// CHECK-LABEL: @tight
steepest.optimizer @tight(%w: tensor<2048x2048xf32>, %g: tensor<2048x2048xf32>) {
  // CHECK-NOT: factors
  // CHECK: steepest.update
  // REMARK: RouteRejected {{.*}}Function=tight {{.*}}factors in f16 move values by 0.0125, the contract allows 0.012{{.*}}route=f16
  // REMARK: RouteRejected {{.*}}Function=tight {{.*}}a step multiplies small singular values by 4.0; what factors in f16 do is known for at most 3.5{{.*}}route=f16
  %a, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.012>} : tensor<2048x2048xf32>
  %b, %o, %t = matrix.msign %a {contract = #matrix.polynomials<[4.0, -6.0, 2.5], rounding = 0.02>} : tensor<2048x2048xf32>
  steepest.update %w = %b : tensor<2048x2048xf32>
}
