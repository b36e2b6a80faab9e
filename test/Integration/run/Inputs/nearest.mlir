// A step in any direction, placed on a manifold.

steepest.optimizer @stiefel(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.1) {
  %y = steepest.descend %w, %g, %lr : tensor<?x?xf32>
  %w1 = steepest.nearest %y on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// Zero, of which all singular values are missing.
steepest.optimizer @completed(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %y = steepest.scale %g, %zero : tensor<?x?xf32>
  %w1 = steepest.nearest %y on(#steepest.grassmann) : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
