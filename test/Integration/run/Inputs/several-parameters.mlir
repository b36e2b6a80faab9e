steepest.optimizer @two(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>, %b: tensor<?xf32>, %h: tensor<?xf32>)
    state(%m: tensor<?x?xf32> = %w, %c: tensor<?xf32> = 1.5, %t: f32 = 0.0)
    hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
  %one = arith.constant 1.0 : f32
  %t1 = arith.addf %t, %one : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %c1 = steepest.ema %c, %h, %beta : tensor<?xf32>
  %d = steepest.direction %m1 norm(#steepest.columns) : tensor<?x?xf32>
  %e = steepest.direction %c1 at %b norm(#steepest.linf) on(#steepest.sphere<radius = 2.0>) : tensor<?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  %b1 = steepest.retract %b, %e, %lr on(#steepest.sphere<radius = 2.0>) by("exact") : tensor<?xf32>
  steepest.update %w = %w1, %b = %b1, %m = %m1, %c = %c1, %t = %t1 : tensor<?x?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<?xf32>, f32
}
