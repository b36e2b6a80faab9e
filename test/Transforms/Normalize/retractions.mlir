// RUN: steepest-opt %s --steepest-normalize --verify-diagnostics -o /dev/null

// A direction at a point of a curved manifold wants a retraction there.

steepest.optimizer @forgotten(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  // expected-warning @+2 {{the direction is tangent to #steepest.stiefel, but 'w' is updated without a retraction and leaves it}}
  // expected-note @+1 {{`steepest.retract %w, %direction, %rate on(#steepest.stiefel)` takes the step and stays on it}}
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// The sphere is not the Stiefel manifold.
steepest.optimizer @another(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  // expected-warning @+2 {{the direction is tangent to #steepest.stiefel}}
  // expected-note @+1 {{takes the step and stays on it}}
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.sphere) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// Through a conditional.
steepest.optimizer @sometimes(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  %zero = arith.constant 0.0 : f32
  // expected-warning @+2 {{the direction is tangent to #steepest.stiefel}}
  // expected-note @+1 {{takes the step and stays on it}}
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  %large = arith.cmpf ogt, %lr, %zero : f32
  %w1 = scf.if %large -> tensor<?x?xf32> {
    %stays = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
    scf.yield %stays : tensor<?x?xf32>
  } else {
    %leaves = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
    scf.yield %leaves : tensor<?x?xf32>
  }
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// These three stay: retracted, put back by hand, and on a plane.
steepest.optimizer @retracted(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  %half = steepest.scale %phi, %lr : tensor<?x?xf32>
  %w1 = steepest.retract %w, %half, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @put_back(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  %off = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  %w1 = steepest.nearest %off on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @on_a_plane(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.zero_row_sums) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
