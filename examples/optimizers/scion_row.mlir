// Scion with RowNorm, constrained: W <- (1 - lr) W - lr rho D(M), D taking every row
// to length 1 / sqrt(cols), which is the operator norm from rms to the largest
// entry (Pethick et al., arXiv 2502.07529).
steepest.optimizer @scion_row(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.001, %beta: f32 = 0.9, %rho: f32 = 50.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1
         norm(#steepest.scaled<norm = #steepest.rows, cols = -0.5>) : tensor<?x?xf32>
  %keep = arith.subf %one, %lr : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %rate = arith.mulf %lr, %rho : f32
  %w1 = steepest.descend %kept, %phi, %rate : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
