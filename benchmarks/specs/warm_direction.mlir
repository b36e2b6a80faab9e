// Manifold Muon's direction along averaged gradients, each solve beginning at the
// multiplier that the last one ended with. W moves, by a small rate.
steepest.optimizer @warm_direction(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %nu: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.005, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi, %nu1 = steepest.direction %m1 at %w from %nu norm(#steepest.spectral)
               on(#steepest.stiefel) accuracy(#steepest.gap<0.01>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %nu = %nu1
      : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
