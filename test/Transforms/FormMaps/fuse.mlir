// RUN: steepest-opt %s --steepest-form-maps | FileCheck %s
// RUN: steepest-opt %s --steepest-form-maps --remarks-filter=steepest-form-maps --verify-diagnostics -o /dev/null

// A sum and the update that needs it: two passes over %m and %g, and the
// momentum is computed in both rather than stored between them.
// CHECK-LABEL: @momentum
steepest.optimizer @momentum(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%m: tensor<?x?xf32> = zeros) {
  // CHECK: %[[N:.*]] = matrix.map(%{{.*}}, %{{.*}}) ins(%m, %g : tensor<?x?xf32>, tensor<?x?xf32>) access [0, 0] folds [0] extents [0] {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %[[A:.*]]: f32, %[[B:.*]]: f32):
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[A]], %[[B]] : f32
  // CHECK-NEXT: %[[Q:.*]] = arith.mulf %[[S]], %[[S]] : f32
  // CHECK-NEXT: matrix.yield %[[Q]] : f32
  // CHECK-NEXT: } -> f32
  // CHECK: %[[NEW:.*]]:2 = matrix.map(%{{.*}}, %{{.*}}) ins(%m, %g : tensor<?x?xf32>, tensor<?x?xf32>) access [0, 0] folds [-1, -1] extents [0, 0] {
  // CHECK: arith.divf %{{.*}}, %[[N]] : f32
  // CHECK: } -> tensor<?x?xf32>, tensor<?x?xf32>
  // CHECK-NEXT: steepest.update %w = %[[NEW]]#1, %m = %[[NEW]]#0
  // expected-remark @+1 {{[Analysis] Pass | Category:steepest-form-maps | Function=momentum | reads=2, results=2}}
  %0 = arith.addf %m, %g : tensor<?x?xf32>
  %1 = arith.mulf %0, %0 : tensor<?x?xf32>
  // expected-remark @+1 {{reads=2, results=1}}
  %n = matrix.reduce sum %1 to scalar : tensor<?x?xf32> -> f32
  %s = matrix.broadcast %n like %0 : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %2 = arith.divf %0, %s : tensor<?x?xf32>
  steepest.update %w = %2, %m = %0 : tensor<?x?xf32>, tensor<?x?xf32>
}

// Reductions over one index space that are ready together share a pass.
// CHECK-LABEL: @together
steepest.optimizer @together(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%s: f32 = 0.0, %t: f32 = 0.0) {
  // CHECK: matrix.map({{.*}}) ins(%g : tensor<?x?xf32>) access [0] folds [0, 1] extents [0, 0]
  // CHECK-NOT: matrix.map
  // expected-remark @+1 {{reads=1, results=2}}
  %0 = matrix.reduce sum %g to scalar : tensor<?x?xf32> -> f32
  %1 = matrix.reduce maximum %g to scalar : tensor<?x?xf32> -> f32
  steepest.update %w = %g, %s = %0, %t = %1 : tensor<?x?xf32>, f32, f32
}

// A fold per column and a fold per row walk the matrix in different orders.
// CHECK-LABEL: @apart
steepest.optimizer @apart(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>, %r: tensor<?xf32>, %h: tensor<?xf32>)
    state(%c: tensor<?xf32> = zeros) {
  // CHECK: matrix.map({{.*}}) ins(%g : tensor<?x?xf32>) access [0] folds [0] extents [1]
  // CHECK: matrix.map({{.*}}) ins(%g : tensor<?x?xf32>) access [0] folds [0] extents [2]
  // expected-remark @+1 {{reads=1, results=1}}
  %0 = matrix.reduce sum %g to row : tensor<?x?xf32> -> tensor<?xf32>
  // expected-remark @+1 {{reads=1, results=1}}
  %1 = matrix.reduce sum %g to column : tensor<?x?xf32> -> tensor<?xf32>
  // expected-remark @+1 {{reads=2, results=1}}
  %2 = arith.addf %0, %h : tensor<?xf32>
  steepest.update %w = %g, %r = %2, %c = %1 : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>
}
