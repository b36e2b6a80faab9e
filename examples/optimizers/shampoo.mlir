// Shampoo: the penalty form of steepest descent in the norm
// ||L^(1/8) X R^(1/8)||_F with the factors L = sum G G^T and R = sum G^T G,
// which makes the step L^(-1/4) G R^(-1/4). The operands of the norm are its
// inverse maps, L^(-1/8) and R^(-1/8).
//
// For moving averages write `steepest.ema %l, %gg, %beta`. Of other exponents,
// -1/2 on both sides (KL-Shampoo) has the maps L^(-1/4) and R^(-1/4). Without
// accumulation (L = G G^T, R = G^T G) the exponent -1/4 makes the step msign(G);
// -1/2 would divide by the singular values once more.
//
// The factors are float64: squares of gradients leave the range of float32
// where gradients do not, and small eigenvalues are what is inverted.
steepest.optimizer @shampoo(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf64> = zeros like %w by rows,
          %r: tensor<?x?xf64> = zeros like %w by columns)
    hyper(%lr: f32 = 0.02, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %one64 = arith.constant 1.0 : f64
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %l1 = matrix.product %g64, %g64 plus(%one64, %l : f64, tensor<?x?xf64>) {transpose_rhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r1 = matrix.product %g64, %g64 plus(%one64, %r : f64, tensor<?x?xf64>) {transpose_lhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %a = steepest.power %l1, -0.125 : tensor<?x?xf64>
  %b = steepest.power %r1, -0.125 : tensor<?x?xf64>
  %d64 = steepest.direction %g64 norm(#steepest.transported<norm = #steepest.frobenius>, %a, %b)
         penalty : tensor<?x?xf64>
  %d = arith.truncf %d64 : tensor<?x?xf64> to tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %l = %l1, %r = %r1
    : tensor<?x?xf32>, tensor<?x?xf64>, tensor<?x?xf64>
}
