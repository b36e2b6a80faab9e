// Scion for hidden layers, constrained: W <- (1 - lr) W - lr rho D(M) keeps W in
// the ball of radius rho (Frank-Wolfe), here of the operator norm between
// root-mean-square norms: D(M) = sqrt(rows / cols) msign(M) (Pethick et al.,
// arXiv 2502.07529).
steepest.optimizer @scion(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.001, %beta: f32 = 0.9, %rho: f32 = 50.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.rms_to_rms) : tensor<?x?xf32>
  %keep = arith.subf %one, %lr : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %rate = arith.mulf %lr, %rho : f32
  %w1 = steepest.descend %kept, %phi, %rate : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
