// SOAP: Adam in the eigenbases of Shampoo's factors, which is the penalty form
// of steepest descent in a weighted norm seen through rotations. The operands
// of the norm are the inverse rotations, Q_L and Q_R^T, and the weights.
//
// A step uses the bases that the steps before it have left: after every
// `period` steps they are taken anew from the moving averages L and R of G G^T
// and G^T G, whose eigenvectors are sorted, so that a second moment stays with
// its place in the spectrum. Until the first time they are the identity, and
// the rule is Adam. As in the authors' code epsilon is added before the bias
// corrections, which multiply the rate; other ports differ.
steepest.optimizer @soap(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros, %v: tensor<?x?xf32> = zeros,
          %l: tensor<?x?xf64> = zeros like %w by rows,
          %r: tensor<?x?xf64> = zeros like %w by columns,
          %ql: tensor<?x?xf32> = identity like %w by rows,
          %qr: tensor<?x?xf32> = identity like %w by columns,
          %power1: f32 = 1.0, %power2: f32 = 1.0, %count: f32 = 0.0)
    hyper(%lr: f32 = 0.003, %beta1: f32 = 0.95, %beta2: f32 = 0.95,
          %factor_beta: f64 = 0.95, %period: f32 = 10.0, %epsilon: f32 = 1.0e-8,
          %decay: f32 = 0.01) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %one64 = arith.constant 1.0 : f64

  // Momentum in the coordinates of the parameter, second moment in those of the
  // bases: Q_L^T G Q_R.
  %m1 = steepest.ema %m, %g, %beta1 : tensor<?x?xf32>
  %half = matrix.product %ql, %g {transpose_lhs}
          : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %turned = matrix.product %half, %qr
            : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %squared = arith.mulf %turned, %turned : tensor<?x?xf32>
  %v1 = steepest.ema %v, %squared, %beta2 : tensor<?x?xf32>
  %root = math.sqrt %v1 : tensor<?x?xf32>
  %eps = steepest.fill %epsilon like %w : tensor<?x?xf32>
  %weights = arith.addf %root, %eps : tensor<?x?xf32>
  %qrt = matrix.transpose %qr : tensor<?x?xf32> -> tensor<?x?xf32>
  %d = steepest.direction %m1
       norm(#steepest.transported<norm = #steepest.weighted_l2>, %ql, %qrt, %weights)
       penalty : tensor<?x?xf32>

  // lr sqrt(1 - beta2^t) / (1 - beta1^t)
  %p1 = arith.mulf %power1, %beta1 : f32
  %p2 = arith.mulf %power2, %beta2 : f32
  %c1 = arith.subf %one, %p1 : f32
  %c2 = arith.subf %one, %p2 : f32
  %c2root = math.sqrt %c2 : f32
  %correction = arith.divf %c2root, %c1 : f32
  %step = arith.mulf %lr, %correction : f32
  %rate = arith.mulf %lr, %decay : f32
  %keep = arith.subf %one, %rate : f32
  %kept = steepest.scale %w, %keep : tensor<?x?xf32>
  %w1 = steepest.descend %kept, %d, %step : tensor<?x?xf32>

  // The factors, and every `period` steps their eigenvectors.
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %fresh = arith.subf %one64, %factor_beta : f64
  %l1 = matrix.product %g64, %g64 scale(%fresh : f64) plus(%factor_beta, %l : f64, tensor<?x?xf64>)
        {transpose_rhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r1 = matrix.product %g64, %g64 scale(%fresh : f64) plus(%factor_beta, %r : f64, tensor<?x?xf64>)
        {transpose_lhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %counted = arith.addf %count, %one : f32
  %due = arith.cmpf uge, %counted, %period : f32
  %count1 = arith.select %due, %zero, %counted : f32
  %ql1, %qr1 = scf.if %due -> (tensor<?x?xf32>, tensor<?x?xf32>) {
    %a64 = steepest.eigenbasis %l1 : tensor<?x?xf64>
    %b64 = steepest.eigenbasis %r1 : tensor<?x?xf64>
    %a = arith.truncf %a64 : tensor<?x?xf64> to tensor<?x?xf32>
    %b = arith.truncf %b64 : tensor<?x?xf64> to tensor<?x?xf32>
    scf.yield %a, %b : tensor<?x?xf32>, tensor<?x?xf32>
  } else {
    scf.yield %ql, %qr : tensor<?x?xf32>, tensor<?x?xf32>
  }
  steepest.update %w = %w1, %m = %m1, %v = %v1, %l = %l1, %r = %r1, %ql = %ql1, %qr = %qr1,
                  %power1 = %p1, %power2 = %p2, %count = %count1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf64>, tensor<?x?xf64>,
      tensor<?x?xf32>, tensor<?x?xf32>, f32, f32, f32
}
