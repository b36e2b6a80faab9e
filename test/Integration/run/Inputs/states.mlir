// States by rows and columns of either type, matrices and vectors, that start as
// the identity or as a number; products, a power, a matrix times a vector; a
// state that is taken anew in every second step.
steepest.optimizer @states(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf64> = identity like %w by rows,
          %v: tensor<?xf32> = 1.0 like %w by columns,
          %q: tensor<?x?xf32> = identity like %w by columns, %count: f32 = 0.0)
    hyper(%lr: f32 = 0.1, %beta: f64 = 0.9, %period: f32 = 2.0) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %l1 = matrix.product %g64, %g64 plus(%beta, %l : f64, tensor<?x?xf64>) {transpose_rhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %inverse = steepest.power %l1, -0.5 : tensor<?x?xf64>
  %whitened = matrix.product %inverse, %g64 : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %d = arith.truncf %whitened : tensor<?x?xf64> to tensor<?x?xf32>
  %r = matrix.product %d, %d {transpose_lhs, symmetric}
       : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %counted = arith.addf %count, %one : f32
  %due = arith.cmpf uge, %counted, %period : f32
  %count1 = arith.select %due, %zero, %counted : f32
  %q1 = scf.if %due -> (tensor<?x?xf32>) {
    %mixed = steepest.ema %q, %r, %lr : tensor<?x?xf32>
    %root = steepest.power %mixed, 0.5 : tensor<?x?xf32>
    scf.yield %root : tensor<?x?xf32>
  } else {
    scf.yield %q : tensor<?x?xf32>
  }
  %u = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  %wu = steepest.apply %w, %u {transpose} : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  %v1 = steepest.direction %wu norm(#steepest.l2) : tensor<?xf32>
  %dq = matrix.product %d, %q1 : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %w1 = steepest.descend %w, %dq, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %l = %l1, %v = %v1, %q = %q1, %count = %count1
    : tensor<?x?xf32>, tensor<?x?xf64>, tensor<?xf32>, tensor<?x?xf32>, f32
}
