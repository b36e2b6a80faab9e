// RUN: steepest-opt %s --steepest-form-maps | FileCheck %s

// What a product reads must lie in memory; what it gives does.
// CHECK-LABEL: @product
steepest.optimizer @product(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[X:.*]] = matrix.map({{.*}}) ins(%g : tensor<?x?xf32>) access [0] folds [-1] extents [0]
  // CHECK: %[[Y:.*]] = matrix.product %[[X]], %w
  // CHECK-NEXT: steepest.update %w = %[[Y]]
  %0 = arith.negf %g : tensor<?x?xf32>
  %1 = matrix.product %0, %w : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %1 : tensor<?x?xf32>
}

// A vector is spread over a matrix as it is read: `along row` is access 1.
// CHECK-LABEL: @spread
steepest.optimizer @spread(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[S:.*]] = matrix.map({{.*}}) ins(%g : {{.*}}) access [0] folds [0] extents [1]
  // CHECK: matrix.map({{.*}}) ins(%g, %[[S]] : tensor<?x?xf32>, tensor<?xf32>) access [0, 1] folds [-1] extents [0]
  %0 = matrix.reduce sum %g to row : tensor<?x?xf32> -> tensor<?xf32>
  %1 = matrix.broadcast %0 along row like %g : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %2 = arith.mulf %g, %1 : tensor<?x?xf32>
  steepest.update %w = %2 : tensor<?x?xf32>
}

// Indices and constants are made where they are used.
// CHECK-LABEL: @identity
steepest.optimizer @identity(%w: tensor<4x4xf32>, %g: tensor<4x4xf32>) {
  // CHECK: matrix.map({{.*}}) ins(%g : tensor<4x4xf32>) access [0] folds [-1] extents [0] {
  // CHECK-NEXT: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index, %{{.*}}: f32):
  // CHECK-DAG: arith.index_cast %[[I]]
  // CHECK-DAG: arith.index_cast %[[J]]
  // CHECK: arith.cmpi eq
  %i = matrix.index row like %g : tensor<4x4xf32> -> tensor<4x4xi64>
  %j = matrix.index column like %g : tensor<4x4xf32> -> tensor<4x4xi64>
  %0 = arith.cmpi eq, %i, %j : tensor<4x4xi64>
  %1 = arith.uitofp %0 : tensor<4x4xi1> to tensor<4x4xf32>
  %2 = arith.addf %g, %1 : tensor<4x4xf32>
  steepest.update %w = %2 : tensor<4x4xf32>
}

// Nothing elementwise: nothing to do.
// CHECK-LABEL: @nothing
steepest.optimizer @nothing(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK-NEXT: steepest.update %w = %g
  steepest.update %w = %g : tensor<?x?xf32>
}
