// AdamW with weights and gradients stored as bf16; the moments stay in f32, and
// so does the arithmetic.
steepest.optimizer @adamw_bf16(%w: tensor<?x?xbf16>, %g: tensor<?x?xbf16>)
    state(%m: tensor<?x?xf32> = zeros, %v: tensor<?x?xf32> = zeros,
          %power1: f32 = 1.0, %power2: f32 = 1.0)
    hyper(%lr: f32 = 0.001, %beta1: f32 = 0.9, %beta2: f32 = 0.999,
          %epsilon: f32 = 1.0e-8, %decay: f32 = 0.01) {
  %one = arith.constant 1.0 : f32
  %wide = arith.extf %w : tensor<?x?xbf16> to tensor<?x?xf32>
  %gradient = arith.extf %g : tensor<?x?xbf16> to tensor<?x?xf32>
  %m1 = steepest.ema %m, %gradient, %beta1 : tensor<?x?xf32>
  %gg = arith.mulf %gradient, %gradient : tensor<?x?xf32>
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
  %eps = steepest.fill %epsilon like %wide : tensor<?x?xf32>
  %weights = arith.addf %root, %eps : tensor<?x?xf32>
  %d = steepest.direction %mhat norm(#steepest.weighted_l2, %weights) penalty
       : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %wide, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %lr : tensor<?x?xf32>
  %stored = arith.truncf %w1 : tensor<?x?xf32> to tensor<?x?xbf16>
  steepest.update %w = %stored, %m = %m1, %v = %v1, %power1 = %p1, %power2 = %p2
    : tensor<?x?xbf16>, tensor<?x?xf32>, tensor<?x?xf32>, f32, f32
}
