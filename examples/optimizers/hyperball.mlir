// MuonH (hyperball): W <- R Nrm(W - lr R Nrm(U)), U = msign(M), Nrm(X) = X / ||X||_F
// and R = ||W||_F, which stays as it was at the start (arXiv 2606.16899). The
// direction is not projected onto the tangent space. Zero stays zero: start
// elsewhere.
steepest.optimizer @hyperball(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.direction %m1 norm(#steepest.spectral) : tensor<?x?xf32>
  %step = steepest.direction %u norm(#steepest.frobenius) : tensor<?x?xf32>
  // Squares of small weights are none in float32.
  %w64 = arith.extf %w : tensor<?x?xf32> to tensor<?x?xf64>
  %squares = arith.mulf %w64, %w64 : tensor<?x?xf64>
  %sum = matrix.reduce sum %squares to scalar : tensor<?x?xf64> -> f64
  %root = math.sqrt %sum : f64
  %r = arith.truncf %root : f64 to f32
  %rate = arith.mulf %lr, %r : f32
  %moved = steepest.descend %w, %step, %rate : tensor<?x?xf32>
  %unit = steepest.direction %moved norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.scale %unit, %r : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
