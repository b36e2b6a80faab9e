// CASPR: the average of three penalty steps with the factors L = sum G G^T and
// R = sum G^T G, (L^(-1/2) G + 2 L^(-1/4) G R^(-1/4) + G R^(-1/2)) / 4. Each is
// a Frobenius norm seen through maps: L alone, both, R alone.
steepest.optimizer @caspr(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf64> = zeros like %w by rows,
          %r: tensor<?x?xf64> = zeros like %w by columns)
    hyper(%lr: f32 = 0.02, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %quarter = arith.constant 0.25 : f64
  %one64 = arith.constant 1.0 : f64
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %l1 = matrix.product %g64, %g64 plus(%one64, %l : f64, tensor<?x?xf64>) {transpose_rhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r1 = matrix.product %g64, %g64 plus(%one64, %r : f64, tensor<?x?xf64>) {transpose_lhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  // L^(-1/4), L^(-1/8) and those of R share one eigen-decomposition each.
  %a4 = steepest.power %l1, -0.25 : tensor<?x?xf64>
  %a8 = steepest.power %l1, -0.125 : tensor<?x?xf64>
  %b4 = steepest.power %r1, -0.25 : tensor<?x?xf64>
  %b8 = steepest.power %r1, -0.125 : tensor<?x?xf64>
  %left = steepest.direction %g64
          norm(#steepest.transported<norm = #steepest.frobenius, right = false>, %a4)
          penalty : tensor<?x?xf64>
  %both = steepest.direction %g64
          norm(#steepest.transported<norm = #steepest.frobenius>, %a8, %b8)
          penalty : tensor<?x?xf64>
  %right = steepest.direction %g64
           norm(#steepest.transported<norm = #steepest.frobenius, left = false>, %b4)
           penalty : tensor<?x?xf64>
  %sides = arith.addf %left, %right : tensor<?x?xf64>
  %twice = arith.addf %both, %both : tensor<?x?xf64>
  %all = arith.addf %sides, %twice : tensor<?x?xf64>
  %d64 = steepest.scale %all, %quarter : tensor<?x?xf64>
  %d = arith.truncf %d64 : tensor<?x?xf64> to tensor<?x?xf32>
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %l = %l1, %r = %r1
    : tensor<?x?xf32>, tensor<?x?xf64>, tensor<?x?xf64>
}
