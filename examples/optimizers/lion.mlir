// Lion: W <- (1 - lr decay) W - lr sign(beta1 M + (1 - beta1) G), then
// M <- beta2 M + (1 - beta2) G: one average, read and kept with two rates (Chen
// et al., arXiv 2302.06675).
steepest.optimizer @lion(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.0001, %beta1: f32 = 0.9, %beta2: f32 = 0.99, %decay: f32 = 0.1) {
  %c = steepest.ema %m, %g, %beta1 : tensor<?x?xf32>
  %m1 = steepest.ema %m, %g, %beta2 : tensor<?x?xf32>
  %phi = steepest.direction %c norm(#steepest.linf) : tensor<?x?xf32>
  %one = arith.constant 1.0 : f32
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
