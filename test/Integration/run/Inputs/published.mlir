// Methods of the literature, by name.
steepest.optimizer @online(%w: tensor<24x10xf32>, %g: tensor<24x10xf32>)
    state(%nu: tensor<24x10xf32> = zeros) hyper(%lr: f32 = 0.1) {
  %d, %nu1 = steepest.direction %g at %w from %nu norm(#steepest.spectral) on(#steepest.stiefel)
             method(#steepest.method<"online_dual", {step = 0.5}>) : tensor<24x10xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<24x10xf32>
  steepest.update %w = %w1, %nu = %nu1 : tensor<24x10xf32>, tensor<24x10xf32>
}
steepest.optimizer @hybrid(%w: tensor<24x10xf32>, %g: tensor<24x10xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.stiefel)
       method(#steepest.method<"pdhg", {steps = 10}>) : tensor<24x10xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<24x10xf32>
  steepest.update %w = %w1 : tensor<24x10xf32>
}
steepest.optimizer @fixed(%w: tensor<24x10xf32>, %g: tensor<24x10xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.schatten<4.0>) on(#steepest.stiefel)
       method(#steepest.method<"fixed_point">) : tensor<24x10xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<24x10xf32>
  steepest.update %w = %w1 : tensor<24x10xf32>
}
steepest.optimizer @halving(%w: tensor<24x10xf32>, %g: tensor<24x10xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.sphere)
       method(#steepest.method<"bisection">) : tensor<24x10xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.sphere) : tensor<24x10xf32>
  steepest.update %w = %w1 : tensor<24x10xf32>
}
