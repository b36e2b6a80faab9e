// Steepest descent in the Schatten-4 norm, between SGD (p = 2) and Muon (p = inf):
// D(M) = U s^(1/3) V^T / ||M||_S(4/3)^(1/3) (Cesista, "Steepest descent under
// Schatten-p norms", 2025).
steepest.optimizer @schatten(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.schatten<4.0>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
