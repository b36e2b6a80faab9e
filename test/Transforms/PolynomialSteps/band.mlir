// RUN: steepest-opt %s --steepest-polynomial-steps | FileCheck %s
// RUN: steepest-opt %s --steepest-polynomial-steps --remarks-filter-passed=steepest-polynomial-steps --verify-diagnostics -o /dev/null

// ||X||_S4 is at most 16^(1/4) = 2 times the largest singular value.
// CHECK-LABEL: @known
steepest.optimizer @known(%w: tensor<16x64xf32>, %g: tensor<16x64xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.polynomials<[{{([^,]+, ){5}[^,]+}}], rounding = {{.*}}, lowest = 0.25, schatten4 = true>}
  // expected-remark-re @+1 {{band="#matrix.band<lowest = 0.5, error = 0.01>", cubic=0, lowest=0.25, rounding=0.007{{[0-9]+}}, steps=2}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 0.01>} : tensor<16x64xf32>
  steepest.update %w = %phi : tensor<16x64xf32>
}

// One extent is a bound of the smaller one.
// CHECK-LABEL: @bounded
steepest.optimizer @bounded(%w: tensor<?x16xf32>, %g: tensor<?x16xf32>) {
  // CHECK: lowest = 0.25, schatten4 = true
  // expected-remark @+1 {{BandByPolynomials}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 0.01>} : tensor<?x16xf32>
  steepest.update %w = %phi : tensor<?x16xf32>
}

// What is not known is at most 16384, whose fourth root is 8 * 2^(1/2).
// CHECK-LABEL: @unknown
steepest.optimizer @unknown(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: lowest = 0.0441941738{{[0-9]*}}, schatten4 = true
  // expected-remark @+1 {{BandByPolynomials}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.5, error = 0.01>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}

// Four steps as well, but the first two without the second symmetric product.
// CHECK-LABEL: @cubic
steepest.optimizer @cubic(%w: tensor<768x768xf32>, %g: tensor<768x768xf32>) {
  // CHECK: contract = #matrix.polynomials<[4.606{{[^,]+}}, {{[^,]+}}, 0.0, 2.191{{[^,]+}}, {{[^,]+}}, 0.0, 2.425{{([^,]+, ){5}[^,]+}}], rounding = 0.006{{[0-9]+}}
  // expected-remark-re @+1 {{Reason="of the time of 4 quintic steps, in the mean over the extents that are possible", band="#matrix.band<lowest = 0.2, error = 0.01>", cubic=2, lowest=0.0379{{[0-9]+}}, ratio=0.866{{[0-9]+}}, rounding=0.006{{[0-9]+}}, steps=4}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.2, error = 0.01>} : tensor<768x768xf32>
  steepest.update %w = %phi : tensor<768x768xf32>
}

// What is asked for by function stays.
// CHECK-LABEL: @forced
steepest.optimizer @forced(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: contract = #matrix.polynomials<[1.5, -0.5, 0.25]>
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25]>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
