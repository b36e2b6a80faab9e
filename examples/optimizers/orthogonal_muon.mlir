// Muon with square W kept orthogonal, in closed form: Phi = W msign(skew(W^T M))
// (Bernstein, "Orthogonal manifold", docs.modula.systems; Su, "Steepest descent on
// manifolds" 2, kexue.fm 11215).
steepest.optimizer @orthogonal_muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral)
         on(#steepest.orthogonal) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.orthogonal) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
