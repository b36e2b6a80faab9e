// Weights in f32, gradients in bf16, states stored as bf16 that begin in every
// way there is; rows and columns in a vector and a matrix of bf16.
steepest.optimizer @mixed(%w: tensor<?x?xf32>, %g: tensor<?x?xbf16>)
    state(%m: tensor<?x?xbf16> = 0.7, %copy: tensor<?x?xbf16> = %w,
          %l: tensor<?x?xbf16> = identity like %w by rows,
          %kept: tensor<?x?xbf16> = zeros)
    hyper(%lr: f32 = 0.1, %beta: f32 = 0.5) {
  %g32 = arith.extf %g : tensor<?x?xbf16> to tensor<?x?xf32>
  %m32 = arith.extf %m : tensor<?x?xbf16> to tensor<?x?xf32>
  %c32 = arith.extf %copy : tensor<?x?xbf16> to tensor<?x?xf32>
  %l32 = arith.extf %l : tensor<?x?xbf16> to tensor<?x?xf32>
  %m1 = steepest.ema %m32, %g32, %beta : tensor<?x?xf32>
  %c1 = steepest.ema %c32, %w, %beta : tensor<?x?xf32>
  %gg = matrix.product %g32, %g32 {transpose_rhs, symmetric}
        : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %l1 = steepest.ema %l32, %gg, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.spectral) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %w1 = steepest.descend %c1, %phi, %lr : tensor<?x?xf32>
  %m2 = arith.truncf %m1 : tensor<?x?xf32> to tensor<?x?xbf16>
  %c2 = arith.truncf %w1 : tensor<?x?xf32> to tensor<?x?xbf16>
  %l2 = arith.truncf %l1 : tensor<?x?xf32> to tensor<?x?xbf16>
  steepest.update %w = %w1, %m = %m2, %copy = %c2, %l = %l2, %kept = %m
    : tensor<?x?xf32>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xbf16>
}
