// RUN: steepest-opt %s --split-input-file --steepest-solve --verify-diagnostics

// What it solves when asked, though others come first.
steepest.optimizer @asked(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) method("smoothed_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "smoothed_newton": there is no manifold}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g norm(#steepest.spectral) method("smoothed_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @not_smooth(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "smoothed_newton": the dual of the norm #steepest.scaled<norm = #steepest.ky_fan<3>, radius = 2.0> has no smooth form}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.scaled<norm = #steepest.ky_fan<3>, radius = 2.0>) on(#steepest.stiefel) method("smoothed_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @inequality(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "smoothed_newton": the manifold #steepest.norm_ball<norm = #steepest.spectral> is an inequality: its tangents are no linear space}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.nuclear) on(#steepest.norm_ball<norm = #steepest.spectral>) method("smoothed_newton") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
