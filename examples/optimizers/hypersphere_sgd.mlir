// SGD on a sphere: W <- the point of ||W||_F = 1 below W - lr Phi, Phi the gradient
// without its part along W, normalised. The closed form of Frobenius norm and
// sphere (Su, "Steepest descent on manifolds" 1, kexue.fm 11196).
steepest.optimizer @hypersphere_sgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.frobenius)
         on(#steepest.sphere) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.sphere) by("exact") : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
