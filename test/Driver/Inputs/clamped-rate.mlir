// The rate of this rule is clamped.
steepest.optimizer @clamped(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.02, %most: f32 = 0.1) {
  %phi = steepest.direction %g norm(#steepest.frobenius) : tensor<?x?xf32>
  %least = arith.constant 0.0 : f32
  %rate = math.clampf %lr to [%least, %most] : f32
  %w1 = steepest.descend %w, %phi, %rate : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
