// PolarGrad: W <- W - lr ||M||_* msign(M), the penalty form of steepest descent in
// the spectral norm: the step is as long as the nuclear norm of the momentum (Lau,
// Long and Su, arXiv 2505.21799). The polar factor is exact to working precision.
steepest.optimizer @polargrad(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.001, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.spectral)
         penalty accuracy(#steepest.exact) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
