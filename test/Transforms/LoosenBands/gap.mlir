// RUN: steepest-opt %s --steepest-loosen-bands | FileCheck %s
// RUN: steepest-opt %s --steepest-loosen-bands --remarks-filter=steepest-loosen-bands --verify-diagnostics -o /dev/null
// RUN: steepest-opt %s --steepest-loosen-bands=most=0.01 | FileCheck %s --check-prefix=NEVER

// A gap of 1e-2 for 500 singular values, of which few are small.
// CHECK-LABEL: @gap
// NEVER-LABEL: @gap
steepest.optimizer @gap(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[RESULT:.*]], %[[NUCLEAR:.*]], %[[SPECTRAL:.*]] = matrix.msign %[[G:.*]] {contract = #matrix.band<lowest = 0.01, error = 0.0025>}
  // CHECK: %[[DOT:.*]] = matrix.reduce
  // CHECK: %[[SIZE:.*]] = arith.maximumf %[[SPECTRAL]], %{{.*}} : f64
  // CHECK: %[[VALUE:.*]] = arith.divf %[[DOT]], %[[SIZE]] : f64
  // CHECK: %[[ALLOWED:.*]] = arith.mulf %[[NUCLEAR]], %{{.*}} : f64
  // CHECK: %[[MISSING:.*]] = arith.subf %[[NUCLEAR]], %[[VALUE]] : f64
  // CHECK: %[[ENOUGH:.*]] = arith.cmpf ole, %[[MISSING]], %[[ALLOWED]] : f64
  // CHECK: %[[BOTH:.*]]:3 = scf.if %[[ENOUGH]]
  // CHECK: scf.yield %[[RESULT]], %[[NUCLEAR]], %[[SPECTRAL]]
  // CHECK: } else {
  // CHECK: %[[TIGHT:.*]], %{{.*}}, %{{.*}} = matrix.msign %[[G]] {contract = #matrix.band<lowest = 1.0e-05, error = 0.0025>}
  // CHECK: scf.yield %[[TIGHT]]
  // CHECK: steepest.update %{{.*}} = %[[BOTH]]#0
  // NEVER: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 1.0e-05, error = 0.0025>}
  // NEVER-NOT: scf.if
  // expected-remark-re @+1 {{BandLoosened | Category:steepest-loosen-bands | Function=gap | Reason="of the time, and enough where its own bound is within nine tenths of the gap", contract="#matrix.band<lowest = 1.0e-05, error = 0.0025, gap = 0.01>", lowest=0.01, ratio=0.{{[0-9]+}}}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-5, error = 2.5e-3, gap = 1.0e-2>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// What is no looser is not tried.
// CHECK-LABEL: @short
steepest.optimizer @short(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 0.5, error = 0.0025>}
  // CHECK-NOT: scf.if
  // expected-remark @+1 {{BandKept | Category:steepest-loosen-bands | Function=short | Reason="a band from the gap on is no looser", contract="#matrix.band<lowest = 0.5, error = 0.0025, gap = 0.01>"}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 2.5e-3, gap = 1.0e-2>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// What is looser by little does not pay.
// CHECK-LABEL: @near
steepest.optimizer @near(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 0.009, error = 0.0025>}
  // CHECK-NOT: scf.if
  // expected-remark-re @+1 {{BandKept | Category:steepest-loosen-bands | Function=near | Reason="a looser band takes this part of the time, more than 0.75 of it", contract="#matrix.band<lowest = 0.009, error = 0.0025, gap = 0.01>", lowest=0.01, ratio={{(0\.[89]|1)}}{{.*}}}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 9.0e-3, error = 2.5e-3, gap = 1.0e-2>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// A band that was asked for itself stays.
// CHECK-LABEL: @band
steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 1.0e-05, error = 0.0025>}
  // CHECK-NOT: scf.if
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-5, error = 2.5e-3>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
