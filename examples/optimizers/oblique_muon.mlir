// Muon with every column of W kept at length one: the steepest direction in the
// spectral norm that is tangent to the oblique manifold.
steepest.optimizer @oblique_muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral)
         on(#steepest.oblique_columns) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.oblique_columns) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
