// RUN: steepest-opt %s --split-input-file --steepest-solve --verify-diagnostics

steepest.optimizer @unknown(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a known method, got "magic"}}
  // expected-note @+1 {{known: dualizer,}}
  %0 = steepest.direction %g norm(#steepest.l1) method("magic") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @unsuitable(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{cannot be solved by "primal_dual_newton": there is no manifold}}
  %0 = steepest.direction %g norm(#steepest.spectral) method("primal_dual_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// One note for every method, with its reason.
steepest.optimizer @unsolved(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+9 {{has no method for the norm #steepest.lp<3.0> on #steepest.stiefel}}
  // expected-note @+8 {{dualizer: there is the manifold #steepest.stiefel}}
  // expected-note @+7 {{euclidean_projection: the norm #steepest.lp<3.0> is not Euclidean}}
  // expected-note @+6 {{columnwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean norms of columns}}
  // expected-note @+5 {{rowwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean norms of rows}}
  // expected-note @+4 {{orthogonal_group: the norm #steepest.lp<3.0> is not unitarily invariant}}
  // expected-note @+3 {{weighted_projection: the norm #steepest.lp<3.0> is not weighted_l2}}
  // expected-note @+2 {{weighted_median: the norm #steepest.lp<3.0> is not the largest absolute value}}
  // expected-note @+1 {{primal_dual_newton: the norm #steepest.lp<3.0> is not spectral}}
  %0 = steepest.direction %g at %w norm(#steepest.lp<3.0>) on(#steepest.stiefel) : tensor<?x?xf32>
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
