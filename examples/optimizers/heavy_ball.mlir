// Gradient descent with Polyak's momentum, which sums: M <- beta M + G + decay W, W <- W
// - lr M (Polyak 1964). With the same numbers it is torch.optim.SGD, whose weight_decay
// is the coupled one; `sgd` is the same with an average in place of the sum.
steepest.optimizer @heavy_ball(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.001, %beta: f32 = 0.9, %decay: f32 = 0.0) {
  %pull = steepest.scale %w, %decay : tensor<?x?xf32>
  %force = arith.addf %g, %pull : tensor<?x?xf32>
  %kept = steepest.scale %m, %beta : tensor<?x?xf32>
  %m1 = arith.addf %kept, %force : tensor<?x?xf32>
  %d = steepest.direction %m1 norm(#steepest.frobenius) penalty : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
