// RUN: steepest-opt %s --steepest-solve --canonicalize --cse | FileCheck %s

// A gradient of float64 is scaled by a power of two before its squares are
// formed, and the bound is divided by it.
// CHECK-LABEL: @step
steepest.optimizer @step(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.1) {
  // CHECK: %[[LARGEST:.*]] = matrix.reduce maximum
  // CHECK-COUNT-2: arith.cmpf olt, %[[LARGEST]]
  // CHECK-COUNT-2: arith.cmpf ogt, %[[LARGEST]]
  // CHECK-NEXT: %[[FACTOR:.*]] = arith.select
  // CHECK-NEXT: %[[INVERSE:.*]] = arith.divf %{{.*}}, %[[FACTOR]]
  // CHECK-NEXT: %[[SPREAD:.*]] = matrix.broadcast %[[FACTOR]] like %g
  // CHECK-NEXT: %[[SCALED:.*]] = arith.mulf %g, %[[SPREAD]]
  // CHECK: %[[SQUARES:.*]] = arith.mulf %[[SCALED]], %[[SCALED]]
  // CHECK: matrix.reduce sum %[[SQUARES]]
  // CHECK: arith.mulf %{{.*}}, %[[INVERSE]] : f64
  // CHECK: matrix.certify 0
  // CHECK-NOT: %g
  // CHECK: steepest.update
  %0 = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf64>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf64>
  steepest.update %w = %1 : tensor<?x?xf64>
}

// Directions whose entries are alone stay so: the scale is the certificate's.
// CHECK-LABEL: @gradient
steepest.optimizer @gradient(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.1) {
  // CHECK: matrix.certify 0
  // CHECK-NEXT: %[[LR:.*]] = matrix.broadcast %lr like %g
  // CHECK-NEXT: %[[D:.*]] = arith.mulf %g, %[[LR]]
  // CHECK-NEXT: %[[W:.*]] = arith.subf %w, %[[D]]
  // CHECK-NEXT: steepest.update %w = %[[W]]
  %0 = steepest.direction %g norm(#steepest.frobenius) penalty : tensor<?x?xf64>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf64>
  steepest.update %w = %1 : tensor<?x?xf64>
}

// CHECK-LABEL: @sign
steepest.optimizer @sign(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.1) {
  // CHECK: arith.cmpf ogt, %g,
  // CHECK: arith.cmpf olt, %g,
  // CHECK: steepest.update
  %0 = steepest.direction %g norm(#steepest.linf) : tensor<?x?xf64>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf64>
  steepest.update %w = %1 : tensor<?x?xf64>
}

// So do those that are scaled by extents.
// CHECK-LABEL: @extents
steepest.optimizer @extents(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.1) {
  // CHECK: arith.cmpf ogt, %g,
  // CHECK: arith.cmpf olt, %g,
  // CHECK: steepest.update
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.linf, rows = -0.5>) : tensor<?x?xf64>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf64>
  steepest.update %w = %1 : tensor<?x?xf64>
}

// Squares of float32 are formed in float64, where they are numbers.
// CHECK-LABEL: @single
steepest.optimizer @single(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // CHECK-NOT: arith.cmpf olt, %{{.*}}, %{{.*}} : f64
  // CHECK: steepest.update
  %0 = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %1 = steepest.descend %w, %0, %lr : tensor<?x?xf32>
  steepest.update %w = %1 : tensor<?x?xf32>
}
