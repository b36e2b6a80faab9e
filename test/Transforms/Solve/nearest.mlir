// RUN: steepest-opt %s --steepest-solve | FileCheck %s

// A point is required to be on the manifold: not every input has one.
// CHECK-LABEL: @sphere
steepest.optimizer @sphere(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // CHECK-NOT: steepest.nearest
  // CHECK: matrix.require %{{.*}}, 2
  %0 = steepest.nearest %g on(#steepest.sphere) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// What is missing of a rank is completed in a branch.
// CHECK-LABEL: @stiefel
steepest.optimizer @stiefel(%w: tensor<8x4xf32>, %g: tensor<8x4xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.exact}
  // CHECK: scf.if
  // CHECK: matrix.index linear
  // CHECK: matrix.msign
  // CHECK: matrix.require %{{.*}}, 2
  %0 = steepest.nearest %g on(#steepest.stiefel) : tensor<8x4xf32>
  steepest.update %w = %0 : tensor<8x4xf32>
}
