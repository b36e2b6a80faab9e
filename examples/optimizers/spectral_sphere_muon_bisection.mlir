// Muon on the spectral sphere with the multiplier found by bisection, as published
// (Xie et al., "Spectral sphere optimizer", arXiv 2601.08393).
#sphere = #steepest.norm_sphere<norm = #steepest.spectral, radius = 2.0>
steepest.optimizer @spectral_sphere_muon_bisection(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#sphere)
         method("bisection") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#sphere) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
