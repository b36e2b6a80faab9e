// Muon in the operator norm between root-mean-square norms, in which learning
// rates carry over from width to width: W <- W - lr sqrt(rows / cols) msign(U), U
// being Nesterov's look-ahead (Bernstein and Newhouse, arXiv 2409.20325; Pethick et
// al., arXiv 2502.07529).
steepest.optimizer @muon_scion(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.ema %m1, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %u norm(#steepest.rms_to_rms) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
