// RUN: steepest-opt %s --split-input-file --pass-pipeline='builtin.module(steepest.optimizer(steepest-normalize,steepest-solve),canonicalize,cse,steepest.optimizer(steepest-form-maps),steepest-lower-to-kernels)' --remarks-filter=steepest-lower-to-kernels --remarks-filter-passed=steepest-lower-to-kernels 2>&1 | FileCheck %s
// RUN: steepest-opt %s --split-input-file --pass-pipeline='builtin.module(steepest.optimizer(steepest-normalize,steepest-solve),canonicalize,cse,steepest.optimizer(steepest-form-maps),steepest-lower-to-kernels{device=true})' | FileCheck %s --check-prefix=DEVICE

// The pass that does nothing but look at the gradient is left out when the host
// vouches for it; what is required then holds.
// CHECK: GradientCheckApart
// CHECK-SAME: reads=1
// CHECK-LABEL: func.func @sign
// CHECK: %[[VOUCHED:.*]] = kernel.finite_gradients
// CHECK: %[[LARGEST:.*]] = scf.if %[[VOUCHED]] -> (f32) {
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT: scf.yield %[[ZERO]] : f32
// CHECK-NEXT: } else {
// CHECK: kernel.map {{.*}} [maximum to scalar]
// CHECK: scf.yield
// CHECK: %[[FINITE:.*]] = arith.cmpf olt, %[[LARGEST]],
// CHECK: scf.if %[[FINITE]]
// CHECK: kernel.map {{.*}} [store to full

// A GPU looks in any case.
// DEVICE-LABEL: func.func @sign
// DEVICE-NOT: kernel.finite_gradients
// DEVICE: kernel.map {{.*}} [maximum to scalar]
steepest.optimizer @sign(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// -----

// Where another pass reads the gradient before the update, it looks as well: a
// promise would save nothing.
// CHECK-NOT: GradientCheckApart
// CHECK-LABEL: func.func @euclidean
// CHECK-NOT: kernel.finite_gradients
// CHECK: kernel.map {{.*}} [maximum to scalar, sum to scalar]
// DEVICE-LABEL: func.func @euclidean
steepest.optimizer @euclidean(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
