// Muon with the method free: every singular value of the direction that belongs to
// one above 1e-2 of the largest lies in [0.93, 1.07] (five forced steps: [0.35, 1.2]).
steepest.optimizer @muon_free(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %u = steepest.ema %m1, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %u
         norm(#steepest.scaled<norm = #steepest.spectral, cols = -0.5, max = 0.5>)
         accuracy(#steepest.band<lowest = 1.0e-2, error = 7.0e-2>) : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
