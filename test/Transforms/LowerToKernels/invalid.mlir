// RUN: steepest-opt %s --split-input-file --steepest-lower-to-kernels --verify-diagnostics

// Elementwise work that was not gathered into maps.
steepest.optimizer @elementwise(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{'arith.negf' op has no kernel}}
  %0 = arith.negf %g : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

// Spectral functions that were not lowered.
steepest.optimizer @spectral(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{'matrix.leading' op has no kernel}}
  %0 = matrix.leading %g : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
