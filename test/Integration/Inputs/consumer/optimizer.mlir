// Normalised gradient descent: every step has Frobenius norm `lr`.
steepest.optimizer @ngd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.5) {
  %phi = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
