// One direction of every pair that the solvers are held to: float32, a certified
// relative gap of 1e-3, tangency 1e-5 on unit-sized weights.

steepest.optimizer @spectral_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @spectral_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.norm_sphere<norm = #steepest.spectral>)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.norm_sphere<norm = #steepest.spectral>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @spectral_frobenius_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.sphere)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.sphere) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @spectral_oblique(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.oblique_columns)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.oblique_columns) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @schatten4_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.schatten<4.0>) on(#steepest.stiefel)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @schatten16_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.schatten<16.0>) on(#steepest.stiefel)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @columns_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.columns) on(#steepest.stiefel)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @rows_stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.rows) on(#steepest.stiefel)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @l1_5_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.lp<1.5>) on(#steepest.norm_sphere<norm = #steepest.lp<1.5>>)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.norm_sphere<norm = #steepest.lp<1.5>>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @l3_0_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.lp<3.0>) on(#steepest.norm_sphere<norm = #steepest.lp<3.0>>)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.norm_sphere<norm = #steepest.lp<3.0>>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @l4_0_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.lp<4.0>) on(#steepest.norm_sphere<norm = #steepest.lp<4.0>>)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.norm_sphere<norm = #steepest.lp<4.0>>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

steepest.optimizer @l8_0_sphere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %phi = steepest.direction %g at %w norm(#steepest.lp<8.0>) on(#steepest.norm_sphere<norm = #steepest.lp<8.0>>)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.norm_sphere<norm = #steepest.lp<8.0>>) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
