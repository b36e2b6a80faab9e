// Manifold Muon by Su's fixed point of the multiplier, X <- the solution of
// Q X + X Q = -2 sym(Q W^T M) with Q = ((M + W X)^T (M + W X))^(1/2) (Su, "Steepest
// descent on manifolds" 3, kexue.fm 11221). manifold_muon.mlir solves the same
// problem in fewer steps, and certified.
steepest.optimizer @manifold_muon_su(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#steepest.stiefel)
         method("fixed_point") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
