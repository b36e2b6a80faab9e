// Manifold Muon as published by Thinking Machines ("Modular manifolds", 2025):
// ascent of the dual by a decaying step, here in units of the gradient, and the
// nearest point of the Stiefel manifold as retraction.
steepest.optimizer @manifold_muon_dual_ascent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#steepest.stiefel)
         method(#steepest.method<"dual_ascent", {steps = 100, schedule = "decayed"}>)
         : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) by("polar") : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
