// Splitting where nothing cheaper matches, and by name from a multiplier.
steepest.optimizer @l1(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  %d = steepest.direction %g at %w norm(#steepest.l1) on(#steepest.stiefel)
       method(#steepest.method<"admm">) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @warm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%nu: tensor<?x?xf32> = zeros) hyper(%lr: f32 = 0.1) {
  %d, %nu1 = steepest.direction %g at %w from %nu norm(#steepest.spectral) on(#steepest.stiefel)
             method(#steepest.method<"admm">) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1, %nu = %nu1 : tensor<?x?xf32>, tensor<?x?xf32>
}
