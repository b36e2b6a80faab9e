// Polar factors by forced polynomials and to a band, of one gradient.

steepest.optimizer @forced(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.01, error = 0.05>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
