// RUN: steepest-opt %s --split-input-file --pass-pipeline='builtin.module(steepest.optimizer(steepest-sink-sums),cse)' --remarks-filter=steepest-sink-sums 2>&1 | FileCheck %s

// What two routes sum over their results for the certificate is summed once,
// behind them. What each makes of the sum is chosen by the condition; a scalar
// that a branch has from elsewhere leaves it, beside a zero for the other.
// CHECK: SumsSunk
// CHECK-SAME: scalars=1
// CHECK-LABEL: steepest.optimizer @routes
steepest.optimizer @routes(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    attributes {steepest.directions = [{manifold = "none", method = "dualizer", name = "d", norm = "spectral"}]} {
  // CHECK: %[[NONE:.*]] = arith.constant 0.0
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  // CHECK: %[[TALL:.*]] = arith.cmpi sge
  %tall = arith.cmpi sge, %rows, %cols : index
  // CHECK: %[[IF:.*]]:2 = scf.if %[[TALL]] -> (tensor<?x?xf32>, f64) {
  // CHECK-NEXT: %[[P:.*]] = matrix.product
  // CHECK-NEXT: %[[N:.*]] = arith.index_cast
  // CHECK-NEXT: %[[ROWS:.*]] = arith.sitofp %[[N]]
  // CHECK: scf.yield %[[P]], %[[ROWS]]
  // CHECK: } else {
  // CHECK-NEXT: %[[Q:.*]] = matrix.product
  // CHECK-NEXT: scf.yield %[[Q]], %[[NONE]]
  // CHECK: %[[SUM:.*]] = matrix.reduce sum %[[IF]]#0 to scalar
  // CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[SUM]]
  // CHECK-NEXT: %[[TWICE:.*]] = arith.mulf %[[WIDE]], %[[IF]]#1
  // CHECK-NEXT: %[[BOUND:.*]] = arith.select %[[TALL]], %[[TWICE]], %[[WIDE]]
  // CHECK-NOT: matrix.reduce
  // CHECK: matrix.certify 0 value(%[[BOUND]])
  %y, %bound = scf.if %tall -> (tensor<?x?xf32>, f64) {
    %p = matrix.product %g, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %n = arith.index_cast %rows : index to i64
    %f = arith.sitofp %n : i64 to f64
    %s = matrix.reduce sum %p to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    %b = arith.mulf %e, %f : f64
    scf.yield %p, %b : tensor<?x?xf32>, f64
  } else {
    %q = matrix.product %g, %g {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %s = matrix.reduce sum %q to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    scf.yield %q, %e : tensor<?x?xf32>, f64
  }
  matrix.certify 0 value(%bound) bound(%bound) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %y : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// -----

// A sum that the step itself needs stays.
// CHECK-NOT: SumsSunk
// CHECK-LABEL: steepest.optimizer @needed
steepest.optimizer @needed(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  %tall = arith.cmpi sge, %rows, %cols : index
  // CHECK: scf.if %{{.*}} -> (tensor<?x?xf32>, f32) {
  // CHECK: matrix.reduce
  // CHECK: matrix.reduce
  // CHECK: }
  // CHECK-NOT: arith.select
  %y, %sum = scf.if %tall -> (tensor<?x?xf32>, f32) {
    %p = matrix.product %g, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %s = matrix.reduce sum %p to scalar : tensor<?x?xf32> -> f32
    scf.yield %p, %s : tensor<?x?xf32>, f32
  } else {
    %s = matrix.reduce sum %g to scalar : tensor<?x?xf32> -> f32
    scf.yield %g, %s : tensor<?x?xf32>, f32
  }
  %like = matrix.broadcast %sum like %y : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %scaled = arith.mulf %y, %like : tensor<?x?xf32>
  %w1 = arith.subf %w, %scaled : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// -----

// And so does one over a tensor that does not leave the branch.
// CHECK-NOT: SumsSunk
// CHECK-LABEL: steepest.optimizer @inside
steepest.optimizer @inside(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    attributes {steepest.directions = [{manifold = "none", method = "dualizer", name = "d", norm = "spectral"}]} {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  %tall = arith.cmpi sge, %rows, %cols : index
  // CHECK: scf.if %{{.*}} -> (tensor<?x?xf32>, f64) {
  // CHECK-COUNT-2: matrix.reduce
  // CHECK-NOT: arith.select
  %y, %sum = scf.if %tall -> (tensor<?x?xf32>, f64) {
    %p = matrix.product %g, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %q = matrix.product %p, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %s = matrix.reduce sum %p to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    scf.yield %q, %e : tensor<?x?xf32>, f64
  } else {
    %s = matrix.reduce sum %g to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    scf.yield %g, %e : tensor<?x?xf32>, f64
  }
  matrix.certify 0 value(%sum) bound(%sum) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %y : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// -----

// What another conditional makes, and no sum is part of, leaves as it is.
// CHECK-LABEL: steepest.optimizer @nested
steepest.optimizer @nested(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    attributes {steepest.directions = [{manifold = "none", method = "dualizer", name = "d", norm = "spectral"}]} {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c512 = arith.constant 512 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  %tall = arith.cmpi sge, %rows, %cols : index
  %small = arith.cmpi sle, %rows, %c512 : index
  // CHECK: %[[IF:.*]]:2 = scf.if %[[SMALL:.*]] -> (tensor<?x?xf32>, f64) {
  // CHECK: %[[INNER:.*]]:2 = scf.if
  // CHECK: scf.yield %[[INNER]]#0, %[[INNER]]#1
  // CHECK: } else {
  // CHECK: %[[SUM:.*]] = matrix.reduce sum %[[IF]]#0 to scalar
  // CHECK: arith.mulf %{{.*}}, %[[IF]]#1
  // CHECK: arith.select %[[SMALL]]
  // CHECK-NOT: matrix.reduce
  %y, %bound = scf.if %small -> (tensor<?x?xf32>, f64) {
    %p, %norm = scf.if %tall -> (tensor<?x?xf32>, f64) {
      %gram = matrix.product %g, %g {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
      %most = matrix.reduce maximum %gram to scalar : tensor<?x?xf32> -> f32
      %wide = arith.extf %most : f32 to f64
      %made = matrix.product %g, %gram : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
      scf.yield %made, %wide : tensor<?x?xf32>, f64
    } else {
      scf.yield %g, %zero : tensor<?x?xf32>, f64
    }
    %s = matrix.reduce sum %p to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    %b = arith.mulf %e, %norm : f64
    scf.yield %p, %b : tensor<?x?xf32>, f64
  } else {
    %q = matrix.product %g, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %s = matrix.reduce sum %q to scalar : tensor<?x?xf32> -> f32
    %e = arith.extf %s : f32 to f64
    scf.yield %q, %e : tensor<?x?xf32>, f64
  }
  matrix.certify 0 value(%bound) bound(%bound) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %y : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
