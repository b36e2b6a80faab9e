// RUN: steepest-opt %s --steepest-rational-functions --verify-diagnostics

// Rounding of X alone is more than that.
steepest.optimizer @unrepresentable(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  // expected-error @+1 {{has no function for #matrix.exact<lowest = 1.0e-17> of 'f64': float64 represents singular values from about 1e-15 of the Schatten-4 norm on}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact<lowest = 1.0e-17>} : tensor<?x?xf64>
  steepest.update %w = %phi : tensor<?x?xf64>
}
