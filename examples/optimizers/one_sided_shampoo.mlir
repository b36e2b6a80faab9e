// One-sided Shampoo (ASGO): the penalty form of steepest descent in the norm
// ||L^(1/4) X||_F with L = sum G G^T, which makes the step L^(-1/2) G. The
// operand of the norm is its inverse map, L^(-1/4). For wide parameters the
// other side is cheaper: R^(-1/4) with R = sum G^T G, `by columns`, as the only
// operand of `#steepest.transported<norm = #steepest.frobenius, left = false>`.
//
// In the first steps on a tall parameter L has no full rank, and what rounding
// leaves of the momentum outside of its range is multiplied by ridge^(-1/2).
steepest.optimizer @one_sided_shampoo(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %l: tensor<?x?xf64> = zeros like %w by rows)
    hyper(%lr: f32 = 0.02, %beta: f64 = 0.9, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %one64 = arith.constant 1.0 : f64
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %old = arith.extf %m : tensor<?x?xf32> to tensor<?x?xf64>
  %m64 = steepest.ema %old, %g64, %beta : tensor<?x?xf64>
  %m1 = arith.truncf %m64 : tensor<?x?xf64> to tensor<?x?xf32>
  %l1 = matrix.product %g64, %g64 plus(%one64, %l : f64, tensor<?x?xf64>) {transpose_rhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %a = steepest.power %l1, -0.25 ridge(1.0e-9) : tensor<?x?xf64>
  %d64 = steepest.direction %m64
         norm(#steepest.transported<norm = #steepest.frobenius, right = false>, %a)
         penalty : tensor<?x?xf64>
  %d = arith.truncf %d64 : tensor<?x?xf64> to tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %l = %l1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf64>
}
