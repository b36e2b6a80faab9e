// RUN: steepest-opt %s --steepest-lower-to-kernels --cse | FileCheck %s

// The step: memory of tensors, hyper-parameters as f64, the workspace; a status.
// CHECK-LABEL: func.func @product
// CHECK-SAME: (%[[W:.*]]: memref<?x?xf32, strided<[?, 1], offset: ?>>, %[[G:.*]]: memref<?x?xf32, strided<[?, 1], offset: ?>>, %[[LR:.*]]: f64, %{{.*}}: memref<?xi8>) -> i32 attributes {kernel.entry}
steepest.optimizer @product(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // CHECK-DAG: %[[C:.*]] = memref.alloc(%{{.*}}, %{{.*}}) : memref<?x?xf32>
  // CHECK-DAG: %[[SCRATCH:.*]] = memref.alloc(%{{.*}}) : memref<?xi8>
  // CHECK-DAG: %[[STATUS:.*]] = memref.alloca() : memref<i32>
  // CHECK: %[[RATE:.*]] = arith.truncf %[[LR]] : f64 to f32
  // CHECK: kernel.product %[[G]], %[[W]] into %[[C]] scratch(%[[SCRATCH]]) scale(%[[RATE]] : f32)
  %0 = matrix.product %g, %w scale(%lr : f32) {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // Parameters are written at the end, if nothing has failed.
  // CHECK: %[[CODE:.*]] = memref.load %[[STATUS]][]
  // CHECK: %[[CLEAN:.*]] = arith.cmpi eq, %[[CODE]],
  // CHECK: scf.if %[[CLEAN]] {
  // CHECK-NEXT: kernel.copy %[[C]] into %[[W]]
  // CHECK: return %{{.*}} : i32
  steepest.update %w = %0 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @eigh
steepest.optimizer @eigh(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // The decomposition is in place, on a copy.
  // CHECK: kernel.copy %[[G:.*]] into %[[Q:.*]] :
  // CHECK: kernel.eigh %[[Q]] values(%{{.*}}) scratch(%{{.*}})
  %v, %q, %ok = matrix.eigh %g : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
  // CHECK: kernel.transpose %[[Q]] into %[[T:.*]] :
  %t = matrix.transpose %q : tensor<?x?xf64> -> tensor<?x?xf64>
  steepest.update %w = %t : tensor<?x?xf64>
}

// CHECK-LABEL: func.func @rational
steepest.optimizer @rational(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[S:.*]] = memref.alloc(%{{.*}}) : memref<?xi8>
  // CHECK: %[[OK:.*]] = kernel.rational %{{.*}} into %{{.*}} scratch(%[[S]]) constant(1.000000e+00) weights([5.000000e-01]) poles([2.000000e+00])
  // CHECK: scf.if %[[OK]] {
  %y, %ok = matrix.rational %g constant(1.0) weights([0.5]) poles([2.0]) : tensor<?x?xf32>
  matrix.require %ok, 3
  steepest.update %w = %y : tensor<?x?xf32>
}

// A map that makes nothing but new values writes the memory of the host.
// CHECK-LABEL: func.func @map
// CHECK-SAME: (%[[W:[a-z0-9]+]]: memref<?xf32>, %[[G:[a-z0-9]+]]: memref<?xf32>
steepest.optimizer @map(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // CHECK: scf.if
  // CHECK: kernel.map %{{.*}}, %{{.*}} ins(%[[W]], %[[G]] : memref<?xf32>, memref<?xf32>) [column, column] outs(%[[W]] : memref<?xf32>) [store to column]
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = tensor.dim %w, %zero : tensor<?xf32>
  %0 = matrix.map(%one, %n) ins(%w, %g : tensor<?xf32>, tensor<?xf32>) access [2, 2] folds [-1] extents [2] {
  ^bb0(%i: index, %j: index, %a: f32, %b: f32):
    %c = arith.subf %a, %b : f32
    matrix.yield %c : f32
  } -> tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// A block is copied out of a view, and into one.
// CHECK-LABEL: func.func @blocks
// CHECK-SAME: (%[[W:[a-z0-9]+]]: memref<?x?xf32{{.*}}>, %[[G:[a-z0-9]+]]: memref<?x?xf32
steepest.optimizer @blocks(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[PART:.*]] = memref.subview %[[G]][%{{.*}}, %{{.*}}] [%{{.*}}, %{{.*}}] [1, 1]
  // CHECK: kernel.copy %[[PART]] into %[[A:.*]] :
  %a = matrix.block %g[0, 1] of [1, 2] : tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK: %[[LEFT:.*]] = memref.subview %[[RESULT:[a-z0-9_]+]][
  // CHECK: kernel.copy %[[A]] into %[[LEFT]]
  // CHECK: %[[RIGHT:.*]] = memref.subview %[[RESULT]][
  // CHECK: kernel.copy %[[A]] into %[[RIGHT]]
  %0 = matrix.assemble [1, 2] %a, %a like %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK: kernel.copy %[[RESULT]] into %[[W]]
  steepest.update %w = %0 : tensor<?x?xf32>
}
