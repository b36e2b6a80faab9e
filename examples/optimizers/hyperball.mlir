// MuonH (hyperball): W <- R Nrm(W - lr R Nrm(U)), U = msign(M), Nrm(X) = X / ||X||_F
// and R = ||W||_F, which stays as it was at the start. The direction is not
// projected onto the tangent space (arXiv 2606.16899).
steepest.optimizer @hyperball(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.direction %m1 norm(#steepest.spectral) : tensor<?x?xf32>
  %step = steepest.direction %u norm(#steepest.frobenius) : tensor<?x?xf32>
  %squares = arith.mulf %w, %w : tensor<?x?xf32>
  %sum = matrix.reduce sum %squares to scalar : tensor<?x?xf32> -> f32
  %r = math.sqrt %sum : f32
  %rate = arith.mulf %lr, %r : f32
  %moved = steepest.descend %w, %step, %rate : tensor<?x?xf32>
  %unit = steepest.direction %moved norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.scale %unit, %r : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
