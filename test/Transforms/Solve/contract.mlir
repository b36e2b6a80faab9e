// RUN: steepest-opt %s --steepest-solve | FileCheck %s

// What a spec asks of a direction becomes the contract of its msign.

// CHECK-LABEL: @band
steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 0.02, error = 0.03>}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.02, error = 0.03>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @exact
steepest.optimizer @exact(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.exact}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// A gap that polynomials do not reach is asked of the eigen-decomposition.
// CHECK-LABEL: @small_gap
steepest.optimizer @small_gap(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.exact}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<1.0e-6>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// The last row of a table repeats: here the only one, twice.
// CHECK-LABEL: @table
steepest.optimizer @table(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.polynomials<[1.5, -0.5, 0.0, 1.5, -0.5, 0.0]>}
  %0 = steepest.direction %g norm(#steepest.spectral) method(#steepest.polynomial<"cubic", steps = 2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// A direction whose gap is wider than asked has not converged (0): it is
// stalled (3), whatever the method says.
// CHECK-LABEL: @short
steepest.optimizer @short(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[MISSING:.*]] = arith.subf %[[BOUND:.*]], %[[VALUE:.*]] : f64
  // CHECK: %[[ASKED:.*]] = arith.constant 1.000000e-03 : f64
  // CHECK: %[[ALLOWED:.*]] = arith.mulf %[[BOUND]], %[[ASKED]] : f64
  // CHECK: %[[SHORT:.*]] = arith.cmpf ogt, %[[MISSING]], %[[ALLOWED]] : f64
  // CHECK: %[[BOTH:.*]] = arith.andi %[[SHORT]], %{{.*}} : i1
  // CHECK: %[[STALLED:.*]] = arith.constant 3.000000e+00 : f64
  // CHECK: %[[OUTCOME:.*]] = arith.select %[[BOTH]], %[[STALLED]], %{{.*}} : f64
  // CHECK: matrix.certify 0 value(%[[VALUE]]) bound(%[[BOUND]]) {{.*}} outcome(%[[OUTCOME]])
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
