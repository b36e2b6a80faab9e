// pbSGD: V <- beta V + sign(G) |G|^gamma, W <- W - lr V. The power is the
// steepest direction of the l_p norm with p = 1 + 1 / gamma, not normalised (Zhou
// et al., IJCAI 2020). #steepest.lp is the same with a step of size lr.
steepest.optimizer @pbsgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%v: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.01, %beta: f32 = 0.9, %gamma: f32 = 0.6) {
  %size = math.absf %g : tensor<?x?xf32>
  %exponent = steepest.fill %gamma like %g : tensor<?x?xf32>
  %root = math.powf %size, %exponent : tensor<?x?xf32>
  %power = math.copysign %root, %g : tensor<?x?xf32>
  %kept = steepest.scale %v, %beta : tensor<?x?xf32>
  %v1 = arith.addf %kept, %power : tensor<?x?xf32>
  %w1 = steepest.descend %w, %v1, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %v = %v1 : tensor<?x?xf32>, tensor<?x?xf32>
}
