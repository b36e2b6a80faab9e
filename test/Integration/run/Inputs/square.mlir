// Linear sets of square matrices.

steepest.optimizer @spectral_on_symmetric(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral)
       on(#steepest.symmetric) accuracy(#steepest.exact) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.symmetric) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @spectral_on_skew_symmetric(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral)
       on(#steepest.skew_symmetric) accuracy(#steepest.exact) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.skew_symmetric) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @frobenius_on_fixed_trace(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.frobenius)
       on(#steepest.fixed_trace<trace = 2.0>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr
        on(#steepest.fixed_trace<trace = 2.0>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
