// RUN: steepest-opt %s --steepest-polynomial-steps --verify-diagnostics

// A band that no reasonable number of steps reaches.
steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{has no polynomial steps for #matrix.band<lowest = 1.0e-300, error = 1.0e-15>; ask for #steepest.exact}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.band<lowest = 1.0e-300, error = 1.0e-15>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
