// Orthogonal columns of free lengths, and columns of one length.

steepest.optimizer @frobenius_on_gram_diagonal(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.frobenius)
       on(#steepest.gram_diagonal) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.gram_diagonal) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @columns_on_oblique(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.columns)
       on(#steepest.oblique_columns<radius = 2.5>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr
        on(#steepest.oblique_columns<radius = 2.5>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @spectral_on_zero_column_sums(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral)
       on(#steepest.zero_column_sums) accuracy(#steepest.exact) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.zero_column_sums) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
