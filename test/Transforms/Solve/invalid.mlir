// RUN: steepest-opt %s --split-input-file --steepest-solve --verify-diagnostics

steepest.optimizer @unknown(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a known method, got "magic"}}
  // expected-note @+1 {{known: dualizer,}}
  %0 = steepest.direction %g norm(#steepest.l1) method("magic") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @unsuitable(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "primal_dual_newton": there is no manifold}}
  // expected-note @+1 {{"dualizer" solves it}}
  %0 = steepest.direction %g norm(#steepest.spectral) method("primal_dual_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_table(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a known table of polynomials, got "moon"}}
  // expected-note @+1 {{known: muon, newton_schulz, cubic, polar_express, you}}
  %0 = steepest.direction %g norm(#steepest.spectral) method(#steepest.polynomial<"moon", steps = 5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_steps(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects at least one polynomial step, got 0}}
  %0 = steepest.direction %g norm(#steepest.spectral) method(#steepest.polynomial<"muon", steps = 0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
