// Muon with the spectral norm of W kept at most 2: plain Muon inside of the ball,
// on its boundary the steepest direction that does not lead out (Cesista,
// "Rethinking maximal update parametrization", 2025). The step is clipped.
#ball = #steepest.norm_ball<norm = #steepest.spectral, radius = 2.0>
steepest.optimizer @spectral_ball_muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#ball) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#ball) by("clip") : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
