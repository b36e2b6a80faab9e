// Manifold Muon with one step of the dual for each step of the weights: the
// multiplier is a state that follows the weights (Su, "Steepest descent on
// manifolds" 5, kexue.fm 11388).
steepest.optimizer @manifold_muon_online_dual(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %nu: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi, %nu1 = steepest.direction %m1 at %w from %nu norm(#steepest.spectral) on(#steepest.stiefel)
               method("online_dual") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %nu = %nu1 : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
