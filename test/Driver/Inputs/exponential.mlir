// The rate of this rule is an exponential.
steepest.optimizer @exponential(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %small = arith.negf %lr : f32
  %rate = math.exp %small : f32
  %w1 = steepest.descend %w, %phi, %rate : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
