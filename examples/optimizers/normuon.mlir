// NorMuon: Muon whose rows are brought to one size by their second moments, kept
// as a vector with one entry for each row. The whole has the length
// .2 sqrt(rows cols): a second direction, in the norm that is one for a matrix
// of that length. Momentum is plain, as in the paper; the authors' code looks
// ahead as Nesterov's does (`%u = steepest.ema %m1, %g, %beta`).
steepest.optimizer @normuon(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %v: tensor<?xf32> = zeros like %w by rows)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95, %beta2: f32 = 0.95,
          %epsilon: f32 = 1.0e-8, %decay: f32 = 0.0) {
  %one = arith.constant 1.0 : f32
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %o = steepest.direction %m1 norm(#steepest.spectral)
       method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>

  // v_i: moving average of the mean of the squares of row i.
  %second = arith.constant 1 : index
  %cols = tensor.dim %o, %second : tensor<?x?xf32>
  %colsi = arith.index_cast %cols : index to i64
  %colsf = arith.sitofp %colsi : i64 to f32
  %share = arith.divf %one, %colsf : f32
  %squared = arith.mulf %o, %o : tensor<?x?xf32>
  %sums = matrix.reduce sum %squared to row : tensor<?x?xf32> -> tensor<?xf32>
  %means = steepest.scale %sums, %share : tensor<?xf32>
  %v1 = steepest.ema %v, %means, %beta2 : tensor<?xf32>

  %root = math.sqrt %v1 : tensor<?xf32>
  %eps = steepest.fill %epsilon like %root : tensor<?xf32>
  %sizes = arith.addf %root, %eps : tensor<?xf32>
  %spread = matrix.broadcast %sizes along row like %o
            : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %even = arith.divf %o, %spread : tensor<?x?xf32>
  %d = steepest.direction %even
       norm(#steepest.scaled<norm = #steepest.frobenius, radius = 0.2, rows = 0.5, cols = 0.5>)
       : tensor<?x?xf32>

  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1, %v = %v1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>
}
