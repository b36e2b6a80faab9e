// Sums of shifted inverses of a Gram matrix, well and badly conditioned, and one that
// has no inverse.
steepest.optimizer @sum(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %a = matrix.product %g, %g {transpose_lhs, symmetric} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %y, %ok = matrix.rational %a constant(0.5) weights([0.5, 2.0, -1.0]) poles([1.5, 30.0, 400.0]) : tensor<?x?xf32>
  matrix.require %ok, 3
  %p = matrix.product %g, %y : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %w1 = steepest.descend %w, %p, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @one(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %a = matrix.product %g, %g {transpose_lhs, symmetric} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %y, %ok = matrix.rational %a constant(0.0) weights([1.0]) poles([0.1]) : tensor<?x?xf32>
  matrix.require %ok, 3
  %p = matrix.product %g, %y : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %w1 = steepest.descend %w, %p, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @none(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %a = matrix.product %g, %g {transpose_lhs, symmetric} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %y, %ok = matrix.rational %a constant(0.0) weights([1.0, 1.0]) poles([-50.0, 1.0]) : tensor<?x?xf32>
  matrix.require %ok, 3
  %p = matrix.product %g, %y : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %w1 = steepest.descend %w, %p, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
