// RUN: steepest-opt %s --steepest-normalize --canonicalize | FileCheck %s
// RUN: steepest-opt %s --steepest-normalize --remarks-filter=steepest-normalize --verify-diagnostics -o /dev/null

// direction(N / r) = r direction(N).
// CHECK-LABEL: @step
steepest.optimizer @step(%w: tensor<?xf64>, %g: tensor<?xf64>) {
  // CHECK: %[[R:.*]] = arith.constant 2.000000e-01 : f64
  // CHECK: %[[D:.*]] = steepest.direction %g norm(#steepest.l1)
  // CHECK: steepest.scale %[[D]], %[[R]]
  // expected-remark @+1 {{RadiusSplit}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.l1, radius = 0.2>) : tensor<?xf64>
  steepest.update %w = %0 : tensor<?xf64>
}

// In penalty form it is r^2 direction(N).
// CHECK-LABEL: @penalty
steepest.optimizer @penalty(%w: tensor<?xf64>, %g: tensor<?xf64>) {
  // CHECK: %[[R:.*]] = arith.constant 4.000000e+00 : f64
  // CHECK: %[[D:.*]] = steepest.direction %g norm(#steepest.l1) penalty
  // CHECK: steepest.scale %[[D]], %[[R]]
  // expected-remark @+1 {{RadiusSplit}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.l1, radius = 2.0>) penalty : tensor<?xf64>
  steepest.update %w = %0 : tensor<?xf64>
}

// A function of the sizes: sqrt(rows / cols) = sqrt(rows) * 16^-0.5.
// CHECK-LABEL: @sizes
steepest.optimizer @sizes(%w: tensor<?x16xf64>, %g: tensor<?x16xf64>) {
  // CHECK: %[[QUARTER:.*]] = arith.constant 2.500000e-01 : f64
  // CHECK: %[[D:.*]] = steepest.direction %g norm(#steepest.spectral)
  // CHECK: %[[N:.*]] = tensor.dim %g, %{{.*}}
  // CHECK: %[[I:.*]] = arith.index_cast %[[N]]
  // CHECK: %[[F:.*]] = arith.sitofp %[[I]]
  // CHECK: %[[ROOT:.*]] = math.sqrt %[[F]]
  // CHECK: %[[R:.*]] = arith.mulf %[[ROOT]], %[[QUARTER]]
  // CHECK: steepest.scale %[[D]], %[[R]]
  // expected-remark @+2 {{CanonicalNorm}}
  // expected-remark @+1 {{RadiusSplit}}
  %0 = steepest.direction %g norm(#steepest.rms_to_rms) : tensor<?x16xf64>
  steepest.update %w = %0 : tensor<?x16xf64>
}

// A scaled norm may hide a scaled norm.
// CHECK-LABEL: @nested
steepest.optimizer @nested(%w: tensor<4xf32>, %g: tensor<4xf32>) {
  // CHECK: steepest.direction %g norm(#steepest.frobenius)
  // Of remarks of one name at one place, the last is shown.
  // expected-remark @+2 {{RadiusSplit}}
  // expected-remark @+1 {{canonical=#steepest.frobenius}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.scaled<norm = #steepest.l2, radius = 3.0>, radius = 2.0>) : tensor<4xf32>
  steepest.update %w = %0 : tensor<4xf32>
}
