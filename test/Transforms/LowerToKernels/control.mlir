// RUN: steepest-opt %s --steepest-lower-to-kernels --canonicalize | FileCheck %s

// A requirement opens a conditional that holds the rest of the step.
// CHECK-LABEL: func.func @require
steepest.optimizer @require(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%s: f32 = 0.0) {
  // CHECK: %[[OK:.*]] = arith.cmpf olt
  // CHECK: memref.store %{{.*}}, %[[STATUS:.*]][] : memref<i32>
  // CHECK: scf.if %[[OK]] {
  // CHECK: kernel.transpose
  // CHECK: scf.if
  // CHECK: kernel.copy
  // CHECK: return
  %one = arith.constant 1.0 : f32
  %ok = arith.cmpf olt, %s, %one : f32
  matrix.require %ok, 3
  %0 = matrix.transpose %g : tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %0, %s = %s : tensor<?x?xf32>, f32
}

// A tensor carried by a loop has one buffer, which the end of an iteration
// copies into. Scalars stay values.
// CHECK-LABEL: func.func @loop
steepest.optimizer @loop(%w: tensor<8x8xf64>, %g: tensor<8x8xf64>) state(%s: f64 = 0.0) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %five = arith.constant 5 : index
  // CHECK: kernel.copy %{{.*}} into %[[X:.*]] :
  // CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[T:.*]] = %{{.*}}) -> (f64) {
  // CHECK: kernel.product %[[X]], %[[X]] into %[[Y:.*]] scratch
  // CHECK: kernel.copy %[[Y]] into %[[X]]
  // CHECK: scf.yield %{{.*}} : f64
  %x, %t = scf.for %i = %zero to %five step %one iter_args(%a = %g, %b = %s) -> (tensor<8x8xf64>, f64) {
    %c = matrix.product %a, %a : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
    %d = arith.addf %b, %b : f64
    scf.yield %c, %d : tensor<8x8xf64>, f64
  }
  // CHECK: memref.store %[[SUM]]
  // CHECK: kernel.copy %[[X]] into
  steepest.update %w = %x, %s = %t : tensor<8x8xf64>, f64
}
