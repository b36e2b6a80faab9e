// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s --match-full-lines
// RUN: steepest-opt %s --emit-bytecode | steepest-opt | FileCheck %s --match-full-lines

// Every operation, and every part of the signature of an optimizer.

// CHECK: steepest.optimizer @one(%w: tensor<?xf32>, %g: tensor<?xf32>) {
steepest.optimizer @one(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // CHECK-NEXT: steepest.update %w = %g : tensor<?xf32>
  steepest.update %w = %g : tensor<?xf32>
}

// CHECK: steepest.optimizer @two(%w: tensor<?x4xf64>, %g: tensor<?x4xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) state(%m: tensor<?x4xf64> = zeros, %i: tensor<?x4xf64> = identity, %c: tensor<?xf64> = %b, %o: tensor<?xf64> = 1.5, %t: f64 = -1.0e-30) hyper(%lr: f64 = 0.1, %beta: f64 = 0.9) attributes {author = "me"} {
steepest.optimizer @two(%w: tensor<?x4xf64>, %g: tensor<?x4xf64>,
                        %b: tensor<?xf64>, %h: tensor<?xf64>)
    state(%m: tensor<?x4xf64> = zeros, %i: tensor<?x4xf64> = identity,
          %c: tensor<?xf64> = %b, %o: tensor<?xf64> = 1.5, %t: f64 = -1.0e-30)
    hyper(%lr: f64 = 0.1, %beta: f64 = 0.9)
    attributes {author = "me"} {
  // CHECK-NEXT: %0 = steepest.ema %m, %g, %beta : tensor<?x4xf64>
  %0 = steepest.ema %m, %g, %beta : tensor<?x4xf64>
  // CHECK-NEXT: %1 = steepest.scale %0, %lr : tensor<?x4xf64>
  %1 = steepest.scale %0, %lr : tensor<?x4xf64>
  // CHECK-NEXT: %2 = steepest.fill %lr like %h : tensor<?xf64>
  %2 = steepest.fill %lr like %h : tensor<?xf64>
  // CHECK-NEXT: %3 = steepest.descend %w, %1, %lr : tensor<?x4xf64>
  %3 = steepest.descend %w, %1, %lr : tensor<?x4xf64>
  // CHECK-NEXT: steepest.update %w = %3, %b = %2, %m = %0, %i = %i, %c = %c, %o = %o, %t = %lr : tensor<?x4xf64>, tensor<?xf64>, tensor<?x4xf64>, tensor<?x4xf64>, tensor<?xf64>, tensor<?xf64>, f64
  steepest.update %w = %3, %b = %2, %m = %0, %i = %i, %c = %c, %o = %o, %t = %lr
    : tensor<?x4xf64>, tensor<?xf64>, tensor<?x4xf64>, tensor<?x4xf64>,
      tensor<?xf64>, tensor<?xf64>, f64
}

// CHECK: steepest.optimizer @batch(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>) {
steepest.optimizer @batch(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>) {
  // CHECK-NEXT: %0 = steepest.direction %g norm(#steepest.spectral) : tensor<?x?x?xf32>
  %0 = steepest.direction %g norm(#steepest.spectral) : tensor<?x?x?xf32>
  steepest.update %w = %0 : tensor<?x?x?xf32>
}

// CHECK: steepest.optimizer @directions(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
steepest.optimizer @directions(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK-NEXT: %0 = steepest.direction %g norm(#steepest.spectral) penalty : tensor<?x?xf32>
  %0 = steepest.direction %g norm(#steepest.spectral) penalty : tensor<?x?xf32>
  // CHECK-NEXT: %1 = steepest.direction %0 at %w norm(#steepest.spectral) on(#steepest.stiefel) penalty accuracy(#steepest.gap<0.001>) method("primal_dual_newton") {index = 3 : i32} : tensor<?x?xf32>
  %1 = steepest.direction %0 at %w norm(#steepest.spectral) on(#steepest.stiefel)
       penalty accuracy(#steepest.gap<1.0e-3>) method("primal_dual_newton")
       {index = 3 : i32} : tensor<?x?xf32>
  // CHECK-NEXT: %2 = steepest.direction %1 norm(#steepest.weighted_l2, %w) : tensor<?x?xf32>
  %2 = steepest.direction %1 norm(#steepest.weighted_l2, %w) : tensor<?x?xf32>
  // CHECK-NEXT: %3 = steepest.direction %2 norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.001, error = 0.01>) : tensor<?x?xf32>
  %3 = steepest.direction %2 norm(#steepest.spectral) accuracy(#steepest.band<lowest = 1.0e-3, error = 1.0e-2>) : tensor<?x?xf32>
  // CHECK-NEXT: %4 = steepest.direction %3 norm(#steepest.spectral) accuracy(#steepest.exact) : tensor<?x?xf32>
  %4 = steepest.direction %3 norm(#steepest.spectral) accuracy(#steepest.exact) : tensor<?x?xf32>
  // CHECK-NEXT: %5 = steepest.direction %4 norm(#steepest.spectral) method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %5 = steepest.direction %4 norm(#steepest.spectral) method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  steepest.update %w = %5 : tensor<?x?xf32>
}
