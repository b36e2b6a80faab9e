// Subspaces and orthogonal columns. The default band leaves noise in the null
// directions of (I - W W^T) G, of which 24x20 has sixteen.

steepest.optimizer @spectral_on_grassmann(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral)
       on(#steepest.grassmann) accuracy(#steepest.exact) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.grassmann) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @band_on_grassmann(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral)
       on(#steepest.grassmann) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.grassmann) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @schatten_on_grassmann(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.schatten<4.0>)
       on(#steepest.grassmann) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.grassmann) by("polar") : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
