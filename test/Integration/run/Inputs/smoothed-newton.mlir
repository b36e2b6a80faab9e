// One rule for each family of smoothed duals: entries, columns, singular values
// with p above and below 2. One keeps its multiplier.

steepest.optimizer @lp_on_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w
      norm(#steepest.lp<3>) on(#steepest.stiefel)
      method("smoothed_newton") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @columns_on_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%nu: tensor<?x?xf32> = zeros) hyper(%lr: f32 = 0.1) {
  %d, %nu1 = steepest.direction %g at %w from %nu
      norm(#steepest.columns) on(#steepest.stiefel)
      method("smoothed_newton") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1, %nu = %nu1 : tensor<?x?xf32>, tensor<?x?xf32>
}

steepest.optimizer @spectral_on_oblique(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w
      norm(#steepest.scaled<norm = #steepest.spectral, radius = 2.0>) on(#steepest.oblique_rows)
      method("smoothed_newton") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.oblique_rows) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @nuclear_on_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w
      norm(#steepest.nuclear) on(#steepest.stiefel)
      method("smoothed_newton") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
