// Muon for subspaces: only the span of the columns of W counts (of the rows, if W is
// wide). In closed form Phi = msign((I - W W^T) M).
steepest.optimizer @grassmann_muon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral)
         on(#steepest.grassmann) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#steepest.grassmann) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
