// Muon as in Moonlight: Nesterov's look-ahead, five polynomial steps, the update
// scaled by 0.2 sqrt(max(rows, cols)) to the size of AdamW's, decoupled decay (Liu
// et al., arXiv 2502.16982).
steepest.optimizer @muon_moonlight(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.0002, %beta: f32 = 0.95, %decay: f32 = 0.1) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.ema %m1, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %u
         norm(#steepest.scaled<norm = #steepest.spectral, radius = 0.2, max = 0.5>)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %one = arith.constant 1.0 : f32
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
