// SignSGD with the largest entry of W kept at 1: the sign of the gradient, and zero
// where the entry is the largest (Su, "Steepest descent on manifolds" 1, kexue.fm
// 11196).
#sphere = #steepest.norm_sphere<norm = #steepest.linf>
steepest.optimizer @linf_sphere_signsgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.001, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.linf) on(#sphere) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#sphere) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
