// Muon as in examples/optimizers, with factors of products that may be rounded to
// bf16; weights and momenta are float32.
steepest.optimizer @muon_bf16(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.ema %m1, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %u
         norm(#steepest.scaled<norm = #steepest.spectral, cols = -0.5, max = 0.5>)
         method(#steepest.polynomial<"muon", steps = 5, rounding = 0.25>) : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
