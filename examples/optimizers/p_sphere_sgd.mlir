// Steepest descent in the l_3 norm with W kept at ||W||_3 = 1: the one multiplier
// is the root of a monotone function, found in its a-priori bracket (Su, "Steepest
// descent on manifolds" 1, kexue.fm 11196, which leaves p != 2 open).
#sphere = #steepest.norm_sphere<norm = #steepest.lp<3.0>>
steepest.optimizer @p_sphere_sgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.01, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.lp<3.0>) on(#sphere) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#sphere) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
