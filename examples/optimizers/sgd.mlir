// Gradient descent with momentum: steepest descent in the Euclidean norm, in
// penalty form (the step is as long as the gradient).
steepest.optimizer @sgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %d = steepest.direction %m1 norm(#steepest.frobenius) penalty : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
