// Two layers of one type and different shapes: each momentum says whose it is.
steepest.optimizer @layers(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>, %v: tensor<?x?xf32>, %h: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros like %w, %n: tensor<?x?xf32> = 0.5 like %v, %c: tensor<?x?xf32> = %v)
    hyper(%lr: f32 = 1.0, %beta: f32 = 0.9) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %n1 = steepest.ema %n, %h, %beta : tensor<?x?xf32>
  %c1 = steepest.ema %c, %v, %beta : tensor<?x?xf32>
  %d = steepest.direction %m1 norm(#steepest.rows) : tensor<?x?xf32>
  %e = steepest.direction %n1 norm(#steepest.columns) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf32>
  %v1 = steepest.descend %v, %e, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %v = %v1, %m = %m1, %n = %n1, %c = %c1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}
