// RUN: steepest-opt %s --steepest-normalize --steepest-solve --canonicalize --cse | FileCheck %s

// The penalty form of a Euclidean norm is the gradient itself: no entry of the
// step waits for the sum over all of them, which the certificate has.
// CHECK-LABEL: @frobenius
// CHECK: %[[SUM:.*]] = matrix.reduce sum
// CHECK: %[[NORM:.*]] = math.sqrt %[[SUM]]
// CHECK: matrix.certify
// CHECK: %[[RATES:.*]] = matrix.broadcast %lr like %g
// CHECK: %[[STEP:.*]] = arith.mulf %g, %[[RATES]]
// CHECK: %[[NEW:.*]] = arith.subf %w, %[[STEP]]
// CHECK: steepest.update %w = %[[NEW]]
steepest.optimizer @frobenius(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g norm(#steepest.frobenius) penalty : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// The step of length one has to wait.
// CHECK-LABEL: @step
// CHECK: %[[SUM:.*]] = matrix.reduce sum
// CHECK: %[[ROOT:.*]] = math.sqrt %[[SUM]]
// CHECK: %[[INVERSE:.*]] = arith.divf %{{.*}}, %{{.*}} : f64
// CHECK: %[[SAFE:.*]] = arith.select %{{.*}}, %[[INVERSE]]
// CHECK: matrix.broadcast %[[SAFE]]
steepest.optimizer @step(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// A multiple of one, and one seen through a map: G is mapped twice, with no sum
// in between. The value is <G, D> / ||D||, without another direction.
// CHECK-LABEL: @transported
// CHECK: %[[SEEN:.*]] = matrix.product %{{.*}}, %{{.*}} {transpose_lhs}
// CHECK: %[[DIRECTION:.*]] = matrix.product %{{.*}}, %{{.*}}
// CHECK-NOT: matrix.product
// CHECK: steepest.update
steepest.optimizer @transported(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%p: tensor<?x?xf32> = identity like %w by rows) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g norm(#steepest.transported<norm = #steepest.frobenius, right = false>, %p) penalty : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %p = %p : tensor<?x?xf32>, tensor<?x?xf32>
}
