// nGPT's optimizer: Adam without decay, and every row brought back to the unit
// sphere after its step: W <- rows of (W - lr mhat / (sqrt(vhat) + epsilon)),
// normalised (Loshchilov et al., arXiv 2410.01131). Rows are embedding vectors.
steepest.optimizer @ngpt(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %v: tensor<?x?xf32> = zeros,
          %power1: f32 = 1.0, %power2: f32 = 1.0)
    hyper(%lr: f32 = 0.001, %beta1: f32 = 0.9, %beta2: f32 = 0.999,
          %epsilon: f32 = 1.0e-8) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta1 : tensor<?x?xf32>
  %gg = arith.mulf %g, %g : tensor<?x?xf32>
  %v1 = steepest.ema %v, %gg, %beta2 : tensor<?x?xf32>
  %p1 = arith.mulf %power1, %beta1 : f32
  %p2 = arith.mulf %power2, %beta2 : f32
  %c1 = arith.subf %one, %p1 : f32
  %c2 = arith.subf %one, %p2 : f32
  %r1 = arith.divf %one, %c1 : f32
  %r2 = arith.divf %one, %c2 : f32
  %mhat = steepest.scale %m1, %r1 : tensor<?x?xf32>
  %vhat = steepest.scale %v1, %r2 : tensor<?x?xf32>
  %root = math.sqrt %vhat : tensor<?x?xf32>
  %eps = steepest.fill %epsilon like %w : tensor<?x?xf32>
  %weights = arith.addf %root, %eps : tensor<?x?xf32>
  %d = steepest.direction %mhat norm(#steepest.weighted_l2, %weights) penalty : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.oblique_rows) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %v = %v1, %power1 = %p1, %power2 = %p2
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, f32, f32
}
