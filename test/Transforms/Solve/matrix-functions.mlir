// RUN: steepest-opt %s --steepest-solve --canonicalize --cse | FileCheck %s

// Powers of one matrix share its decomposition, which must succeed.
// CHECK-LABEL: @powers
steepest.optimizer @powers(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = identity like %w by rows, %p: tensor<?x?xf32> = identity like %w by rows) {
  // CHECK: %[[X:.*]] = arith.extf %l : tensor<?x?xf32> to tensor<?x?xf64>
  // CHECK: %[[V:.*]], %[[Q:.*]], %[[OK:.*]] = matrix.eigh %[[X]]
  // CHECK: matrix.require %[[OK]], 3
  // The ridge is relative.
  // CHECK: %[[TOP:.*]] = matrix.reduce maximum %[[V]] to scalar
  // CHECK: %[[POSITIVE:.*]] = arith.maximumf %[[TOP]]
  // CHECK: %[[RIDGE:.*]] = arith.mulf %[[POSITIVE]], %{{.*}} : f64
  // CHECK: arith.maximumf %[[V]], %{{.*}} : tensor<?xf64>
  // CHECK: math.powf
  // CHECK: matrix.product %[[Q]], %{{.*}} {symmetric, transpose_lhs}
  // CHECK: arith.truncf
  // CHECK-NOT: matrix.eigh
  // CHECK: matrix.product %[[Q]]
  %a = steepest.power %l, -0.25 : tensor<?x?xf32>
  %b = steepest.power %l, 0.75 ridge(1.0e-3) : tensor<?x?xf32>
  steepest.update %w = %g, %l = %a, %p = %b : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// What stands in a conditional is lowered there: a decomposition that is not due
// is not computed.
// CHECK-LABEL: @now_and_then
steepest.optimizer @now_and_then(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>)
    state(%q: tensor<?x?xf64> = identity like %w by columns) hyper(%due: f64 = 1.0) {
  %one = arith.constant 1.0 : f64
  %r = matrix.product %g, %g {transpose_lhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %now = arith.cmpf oge, %due, %one : f64
  // CHECK-NOT: matrix.eigh
  // CHECK: scf.if
  // CHECK: %{{.*}}, %[[ROWS:.*]], %[[OK:.*]] = matrix.eigh
  // CHECK: matrix.require %[[OK]], 3
  // The largest entry of each eigenvector, the first of several, is positive.
  // CHECK: %[[SIZES:.*]] = math.absf %[[ROWS]]
  // CHECK: matrix.reduce maximum %[[SIZES]] to row
  // CHECK: matrix.reduce minimum %{{.*}} to row : tensor<?x?xi64> -> tensor<?xi64>
  // CHECK: matrix.transpose
  // CHECK: scf.yield
  // CHECK: } else {
  %q1 = scf.if %now -> (tensor<?x?xf64>) {
    %basis = steepest.eigenbasis %r : tensor<?x?xf64>
    %old = steepest.ema %q, %basis, %due : tensor<?x?xf64>
    scf.yield %old : tensor<?x?xf64>
  } else {
    scf.yield %q : tensor<?x?xf64>
  }
  steepest.update %w = %g, %q = %q1 : tensor<?x?xf64>, tensor<?x?xf64>
}

// A matrix times a vector is one pass with sums in float64.
// CHECK-LABEL: @vectors
steepest.optimizer @vectors(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%u: tensor<?xf32> = 1.0 like %w by rows, %v: tensor<?xf32> = 1.0 like %w by columns) {
  // CHECK: %[[V:.*]] = arith.extf %v : tensor<?xf32> to tensor<?xf64>
  // CHECK: matrix.broadcast %[[V]] along column like %w
  // CHECK: matrix.reduce sum %{{.*}} to row : tensor<?x?xf64> -> tensor<?xf64>
  %a = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  // CHECK: matrix.broadcast %{{.*}} along row like %w
  // CHECK: matrix.reduce sum %{{.*}} to column : tensor<?x?xf64> -> tensor<?xf64>
  %b = steepest.apply %w, %u {transpose} : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  steepest.update %w = %g, %u = %a, %v = %b : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>
}
