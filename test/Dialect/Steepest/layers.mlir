// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: steepest.optimizer @layers
// CHECK-SAME: state(%l: tensor<?x?xf32> = identity like %a by rows, %v: tensor<?xf32> = zeros like %b by columns)
steepest.optimizer @layers(%a: tensor<?x?xf32>, %ga: tensor<?x?xf32>, %b: tensor<?x?xf32>, %gb: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = identity like %a by rows, %v: tensor<?xf32> = zeros like %b by columns) {
  // CHECK: %[[P:.*]]:2 = steepest.directions over max(%ga, %gb) at(%a, %b) norms([#steepest.spectral, #steepest.rows]) on([#steepest.stiefel, unit]) scales([1.000000e+00, 5.000000e-01]) penalty accuracy(#steepest.gap<0.01>) : tensor<?x?xf32>, tensor<?x?xf32>
  %p:2 = steepest.directions over max (%ga, %gb) at (%a, %b) norms([#steepest.spectral, #steepest.rows])
         on([#steepest.stiefel, unit]) scales([1.0, 0.5]) penalty accuracy(#steepest.gap<0.01>)
         : tensor<?x?xf32>, tensor<?x?xf32>
  // CHECK: steepest.power %l, -2.500000e-01 ridge(5.000000e-01) : tensor<?x?xf32>
  %r = steepest.power %l, -0.25 ridge(0.5) : tensor<?x?xf32>
  // CHECK: steepest.power %l, -2.500000e-01 ridge(5.000000e-01) error(1.000000e-02) : tensor<?x?xf32>
  %e = steepest.power %l, -0.25 ridge(0.5) error(1.0e-2) : tensor<?x?xf32>
  // CHECK: steepest.eigenbasis %{{.*}} : tensor<?x?xf32>
  %q = steepest.eigenbasis %r : tensor<?x?xf32>
  // CHECK: steepest.nearest %{{.*}} on(#steepest.stiefel) : tensor<?x?xf32>
  %n = steepest.nearest %p#0 on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %a = %n, %b = %p#1, %l = %q, %v = %v : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>
}

// CHECK-LABEL: steepest.optimizer @multiplier
steepest.optimizer @multiplier(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%nu: tensor<?x?xf32> = zeros) {
  // CHECK: %phi, %nu_0 = steepest.direction %g at %w from %nu norm(#steepest.spectral) on(#steepest.stiefel) method(#steepest.method<"admm", {steps = 10 : i64}>) : tensor<?x?xf32>
  %phi, %nu1 = steepest.direction %g at %w from %nu norm(#steepest.spectral) on(#steepest.stiefel)
               method(#steepest.method<"admm", {steps = 10}>) : tensor<?x?xf32>
  steepest.update %w = %phi, %nu = %nu1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// CHECK-LABEL: steepest.optimizer @transported
steepest.optimizer @transported(%w: tensor<3x4xf32>, %g: tensor<3x4xf32>)
    state(%l: tensor<3x3xf32> = identity like %w by rows, %r: tensor<4x4xf32> = identity like %w by columns) {
  // CHECK: steepest.direction %g norm(#steepest.transported<norm = #steepest.frobenius>, %l, %r) penalty : tensor<3x4xf32> operands(tensor<3x3xf32>, tensor<4x4xf32>)
  %phi = steepest.direction %g norm(#steepest.transported<norm = #steepest.frobenius>, %l, %r) penalty
         : tensor<3x4xf32> operands(tensor<3x3xf32>, tensor<4x4xf32>)
  steepest.update %w = %phi, %l = %l, %r = %r : tensor<3x4xf32>, tensor<3x3xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: steepest.optimizer @apply
steepest.optimizer @apply(%w: tensor<?x4xf32>, %g: tensor<?x4xf32>)
    state(%v: tensor<4xf32> = 1.0 like %w by columns) {
  // CHECK: %[[U:.*]] = steepest.apply %w, %v : tensor<?x4xf32>, tensor<4xf32> -> tensor<?xf32>
  %u = steepest.apply %w, %v : tensor<?x4xf32>, tensor<4xf32> -> tensor<?xf32>
  // CHECK: steepest.apply %w, %[[U]] {transpose} : tensor<?x4xf32>, tensor<?xf32> -> tensor<4xf32>
  %x = steepest.apply %w, %u {transpose} : tensor<?x4xf32>, tensor<?xf32> -> tensor<4xf32>
  steepest.update %w = %g, %v = %x : tensor<?x4xf32>, tensor<4xf32>
}
