// Manifold Muon by ten steps of the alternating direction method of multipliers
// (Buchanan, "A faster manifold Muon with ADMM", 2025), its penalty in units of the
// gradient.
steepest.optimizer @manifold_muon_admm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#steepest.stiefel)
         method(#steepest.method<"admm", {steps = 10, relaxation = 1.0, memory = 0,
                                          balance = false}>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) by("polar") : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
