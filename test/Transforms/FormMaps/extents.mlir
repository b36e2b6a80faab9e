// RUN: steepest-opt %s --steepest-form-maps | FileCheck %s
// RUN: steepest-opt %s --steepest-form-maps --steepest-lower-to-kernels | FileCheck %s --check-prefix=MEMORY

// Tensors of one type share a pass when they have the same extents, and only
// then: a factor by rows is no momentum.
// CHECK-LABEL: @factors
// MEMORY-LABEL: func.func @factors
steepest.optimizer @factors(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %l: tensor<?x?xf32> = zeros like %w by rows,
          %k: tensor<?x?xf32> = zeros like %w by rows, %r: tensor<?x?xf32> = zeros like %w by columns) {
  // CHECK: matrix.map({{.*}}) ins(%l, %k : {{.*}}) access [0, 0] folds [-1, -1]
  // CHECK: matrix.map({{.*}}) ins(%g, %m : {{.*}}) access [0, 0] folds [-1, -1]
  // CHECK: matrix.map({{.*}}) ins(%r : {{.*}}) access [0] folds [-1]
  // CHECK-NOT: matrix.map
  %l1 = arith.mulf %l, %l : tensor<?x?xf32>
  %w1 = arith.mulf %g, %m : tensor<?x?xf32>
  %k1 = arith.mulf %k, %l : tensor<?x?xf32>
  %r1 = arith.mulf %r, %r : tensor<?x?xf32>
  %m1 = arith.addf %g, %m : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %l = %l1, %k = %k1, %r = %r1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// Memory is planned from the parameter's extents.
// MEMORY-LABEL: func.func @vector
// MEMORY-SAME: (%[[W:[a-z0-9]+]]: memref<?x?xf32, strided<[?, 1], offset: ?>>
// MEMORY: %[[ROWS:.*]] = memref.dim %[[W]], %c0
// MEMORY: memref.alloc(%[[ROWS]], %[[ROWS]]) : memref<?x?xf32>
steepest.optimizer @vector(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  %l1 = matrix.transpose %l : tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %g, %l = %l1 : tensor<?x?xf32>, tensor<?x?xf32>
}
