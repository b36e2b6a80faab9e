// Muon with spectral weight decay: what decays is the largest singular value of
// the parameter alone, W - lr decay s u v^T. The right singular vector v is a
// state, improved by one step of power iteration in every step; the l2
// direction of a vector is the vector of length one.
steepest.optimizer @spectral_decay(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %v: tensor<?xf32> = 1.0 like %w by columns)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %decay: f32 = 0.1) {
  %zero = arith.constant 0.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#steepest.spectral)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>

  %wv = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  %u = steepest.direction %wv norm(#steepest.l2) : tensor<?xf32>
  %wu = steepest.apply %w, %u {transpose} : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  %x = steepest.direction %wu norm(#steepest.l2) : tensor<?xf32>
  // W^T u = s v: its length is the singular value.
  %products = arith.mulf %wu, %x : tensor<?xf32>
  %s = matrix.reduce sum %products to scalar : tensor<?xf32> -> f32
  // A parameter of zeros has no singular vectors; keep the old one.
  %isPositive = arith.cmpf ogt, %s, %zero : f32
  %v1 = arith.select %isPositive, %x, %v : tensor<?xf32>

  %us = matrix.broadcast %u along row like %w : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %vs = matrix.broadcast %x along column like %w : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %uv = arith.mulf %us, %vs : tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %length = arith.mulf %rate, %s : f32
  %kept = steepest.descend %w, %uv, %length : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %v = %v1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>
}
