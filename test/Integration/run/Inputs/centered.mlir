// Directions on a manifold of the example plugin.
steepest.optimizer @euclidean(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.frobenius) on(#acme.centered) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#acme.centered) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @spectral(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral) on(#acme.centered) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#acme.centered) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
