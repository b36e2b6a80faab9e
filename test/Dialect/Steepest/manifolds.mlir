// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s
// RUN: steepest-opt %s --emit-bytecode | steepest-opt | FileCheck %s

// Every manifold with every of its retractions.

// CHECK-LABEL: @vectors
steepest.optimizer @vectors(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  // CHECK: at %w norm(#steepest.l2) on(#steepest.sphere) : tensor<?xf32>
  %0 = steepest.direction %g at %w norm(#steepest.l2) on(#steepest.sphere) : tensor<?xf32>
  // CHECK: on(#steepest.sphere) : tensor<?xf32>
  %1 = steepest.retract %w, %0, %lr on(#steepest.sphere<radius = 1.0>) : tensor<?xf32>
  // CHECK: on(#steepest.sphere<radius = 2.5>) by("radial")
  %2 = steepest.retract %1, %0, %lr on(#steepest.sphere<radius = 2.5>) by("radial") : tensor<?xf32>
  // CHECK: on(#steepest.sphere) by("exact")
  %3 = steepest.retract %2, %0, %lr on(#steepest.sphere) by("exact") : tensor<?xf32>
  steepest.update %w = %3 : tensor<?xf32>
}

// CHECK-LABEL: @matrices
steepest.optimizer @matrices(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) hyper(%lr: f32 = 0.1) {
  // CHECK: on(#steepest.oblique_columns)
  %0 = steepest.direction %g at %w norm(#steepest.columns) on(#steepest.oblique_columns) : tensor<8x8xf32>
  // CHECK: on(#steepest.oblique_columns) by("normalize")
  %1 = steepest.retract %w, %0, %lr on(#steepest.oblique_columns) by("normalize") : tensor<8x8xf32>
  // CHECK: on(#steepest.oblique_rows) by("normalize")
  %2 = steepest.retract %1, %0, %lr on(#steepest.oblique_rows) by("normalize") : tensor<8x8xf32>
  // CHECK: on(#steepest.orthogonal) by("cubic")
  %3 = steepest.retract %2, %0, %lr on(#steepest.orthogonal) by("cubic") : tensor<8x8xf32>
  // CHECK: on(#steepest.orthogonal) by("polar")
  %4 = steepest.retract %3, %0, %lr on(#steepest.orthogonal) by("polar") : tensor<8x8xf32>
  // CHECK: on(#steepest.stiefel) by("cubic")
  %5 = steepest.retract %4, %0, %lr on(#steepest.stiefel) by("cubic") : tensor<8x8xf32>
  // CHECK: on(#steepest.stiefel) by("polar")
  %6 = steepest.retract %5, %0, %lr on(#steepest.stiefel) by("polar") : tensor<8x8xf32>
  steepest.update %w = %6 : tensor<8x8xf32>
}

// Whether a matrix of dynamic sizes is square shows at run time.
// CHECK-LABEL: @orthogonal_dynamic
steepest.optimizer @orthogonal_dynamic(%w: tensor<8x?xf32>, %g: tensor<8x?xf32>) {
  // CHECK: on(#steepest.orthogonal)
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.orthogonal) : tensor<8x?xf32>
  steepest.update %w = %0 : tensor<8x?xf32>
}
