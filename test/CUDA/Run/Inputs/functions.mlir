// A step of many functions, of every entry.
steepest.optimizer @functions(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %a = math.tanh %g : tensor<?x?xf32>
  %b = math.exp %a : tensor<?x?xf32>
  %c = math.log1p %b : tensor<?x?xf32>
  %d = math.sin %g : tensor<?x?xf32>
  %e = math.atan2 %c, %d : tensor<?x?xf32>
  %f = math.erf %e : tensor<?x?xf32>
  %h = math.powf %b, %a : tensor<?x?xf32>
  %i = arith.addf %f, %h : tensor<?x?xf32>
  %j = math.cos %lr : f32
  %rate = arith.mulf %j, %lr : f32
  %w1 = steepest.descend %w, %i, %rate : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
