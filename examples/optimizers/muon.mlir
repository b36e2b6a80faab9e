// Muon (Jordan): momentum with Nesterov's look-ahead, spectral-norm steepest
// descent by five polynomial steps, the update scaled by
// sqrt(max(1, rows / cols)) = sqrt(max(rows, cols) / cols), decoupled decay.
steepest.optimizer @muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.ema %m1, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %u
         norm(#steepest.scaled<norm = #steepest.spectral, cols = -0.5, max = 0.5>)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
