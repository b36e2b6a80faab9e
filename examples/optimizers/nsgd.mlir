// Normalised SGD with momentum: W <- W - lr M / ||M||_F, steepest descent in the
// Euclidean norm with a step of size lr (Nesterov 1984; Cutkosky and Mehta,
// arXiv 2002.03305).
steepest.optimizer @nsgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.01, %beta: f32 = 0.9) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
