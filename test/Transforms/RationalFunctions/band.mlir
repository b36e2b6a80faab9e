// RUN: steepest-opt %s --steepest-rational-functions | FileCheck %s
// RUN: steepest-opt %s --steepest-rational-functions --remarks-filter=steepest-rational-functions --verify-diagnostics -o /dev/null
// RUN: steepest-opt %s --steepest-rational-functions="device bf16-products" | FileCheck %s --check-prefix=GPU

// A GPU has products of bf16 at many times the rate, and thin ones are slow.
// GPU-LABEL: @square
// GPU: contract = #matrix.band<

// CHECK-LABEL: @square
steepest.optimizer @square(%w: tensor<768x768xf32>, %g: tensor<768x768xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<{{.*}}wide = 1
  // expected-remark-re @+1 {{BandByFractions {{.*}}Reason="of the time of polynomial steps, in the mean over the extents that are possible", band="#matrix.band<lowest = 0.01, error = 0.013>", poles=4, ratio=0.{{[0-9]+}}, wide=1}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.013>} : tensor<768x768xf32>
  steepest.update %w = %phi : tensor<768x768xf32>
}

// float64 needs nothing wider.
// CHECK-LABEL: @double
steepest.optimizer @double(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // CHECK: #matrix.fractions<constant = {{[0-9.]+}}, weights = [{{[^]]*}}], poles = [{{[^]]*}}]>
  // expected-remark @+1 {{wide=0}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.013>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}

// Not even float64 represents what is asked for.
// CHECK-LABEL: @exacting
steepest.optimizer @exacting(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // CHECK: contract = #matrix.band<lowest = 1.0e-07, error = 1.0e-09>
  // expected-remark-re @+1 {{FractionsRejected {{.*}}rounding in f64 leaves too little", band="#matrix.band<lowest = 1.0e-07, error = 1.0e-09>"}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-7, error = 1.0e-9>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}

// Where float32 would need a float64 Gram matrix of long rows, steps cost less.
// CHECK-LABEL: @long
steepest.optimizer @long(%w: tensor<16x4096xf32>, %g: tensor<16x4096xf32>) {
  // CHECK: contract = #matrix.band<lowest = 0.5, error = 1.0e-05>
  // expected-remark @+1 {{polynomial steps cost less}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 1.0e-5>} : tensor<16x4096xf32>
  steepest.update %w = %phi : tensor<16x4096xf32>
}

// Of GPU's products those of float32 are no faster.
// GPU-LABEL: @long
// GPU: contract = #matrix.fractions<

// What is asked for by function stays, and so does what is exact.
// CHECK-LABEL: @forced
steepest.optimizer @forced(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: contract = #matrix.exact
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// A power takes fractions of its own; the alternative is an eigen-decomposition.
// CHECK-LABEL: @power
steepest.optimizer @power(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.spectral_power %{{.*}}, {{.*}} {contract = #matrix.fractions<
  // expected-remark-re @+1 {{BandByFractions {{.*}}Reason="of the time of an eigen-decomposition,}}
  %0:3 = matrix.spectral_power %g, 0.3333333333333333 {contract = #matrix.band<lowest = 0.01, error = 0.01>} : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// Without a contract a power is exact.
// CHECK-LABEL: @exact_power
steepest.optimizer @exact_power(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: matrix.spectral_power %{{.*}}, 5.000000e-01 : tensor<?x?xf32>
  %0:3 = matrix.spectral_power %g, 0.5 : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
