// RUN: steepest-opt %s --steepest-lower-spectral --verify-diagnostics

// Which function keeps a band is decided before.
steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a function as contract, got #matrix.band<lowest = 0.01, error = 0.01>; run steepest-rational-functions and steepest-polynomial-steps first}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 0.01, error = 0.01>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
