steepest.optimizer @batch(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact) : tensor<?x?x?xf32>
  %gg = arith.mulf %d, %d : tensor<?x?x?xf32>
  %w1 = steepest.descend %w, %gg, %lr : tensor<?x?x?xf32>
  steepest.update %w = %w1 : tensor<?x?x?xf32>
}
