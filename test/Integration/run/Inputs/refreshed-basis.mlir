// An eigenbasis of static extents that is taken anew when its counter says so, a
// loop of products, and two parameters of one type with a factor each.
steepest.optimizer @basis(%w: tensor<12x8xf64>, %g: tensor<12x8xf64>, %v: tensor<12x8xf64>, %h: tensor<12x8xf64>)
    state(%q: tensor<12x12xf64> = identity like %w by rows,
          %r: tensor<8x8xf64> = 0.5 like %v by columns, %count: f64 = 1.0)
    hyper(%lr: f64 = 0.25) {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %two = arith.constant 2.0 : f64
  %none = arith.constant 0 : index
  %next = arith.constant 1 : index
  %three = arith.constant 3 : index
  %counted = arith.addf %count, %one : f64
  %due = arith.cmpf uge, %counted, %two : f64
  %count1 = arith.select %due, %zero, %counted : f64
  %q1 = scf.if %due -> (tensor<12x12xf64>) {
    %l = matrix.product %w, %w {transpose_rhs, symmetric}
         : tensor<12x8xf64>, tensor<12x8xf64> -> tensor<12x12xf64>
    // Full rank, so that every eigenvector is one of a kind.
    %i = matrix.index row like %l : tensor<12x12xf64> -> tensor<12x12xi64>
    %j = matrix.index column like %l : tensor<12x12xf64> -> tensor<12x12xi64>
    %isDiagonal = arith.cmpi eq, %i, %j : tensor<12x12xi64>
    %diagonal = arith.sitofp %i : tensor<12x12xi64> to tensor<12x12xf64>
    %zeros = steepest.fill %zero like %l : tensor<12x12xf64>
    %ramp = arith.select %isDiagonal, %diagonal, %zeros : tensor<12x12xi1>, tensor<12x12xf64>
    %full = arith.addf %l, %ramp : tensor<12x12xf64>
    %basis = steepest.eigenbasis %full : tensor<12x12xf64>
    scf.yield %basis : tensor<12x12xf64>
  } else {
    scf.yield %q : tensor<12x12xf64>
  }
  %turned = matrix.product %q1, %g {transpose_lhs} : tensor<12x12xf64>, tensor<12x8xf64> -> tensor<12x8xf64>
  %s = steepest.direction %turned norm(#steepest.linf) : tensor<12x8xf64>
  %d = matrix.product %q1, %s : tensor<12x12xf64>, tensor<12x8xf64> -> tensor<12x8xf64>
  %gram = matrix.product %h, %h scale(%lr : f64) {transpose_lhs, symmetric}
          : tensor<12x8xf64>, tensor<12x8xf64> -> tensor<8x8xf64>
  %r1 = scf.for %k = %none to %three step %next iter_args(%x = %r) -> (tensor<8x8xf64>) {
    %mixed = steepest.ema %x, %gram, %lr : tensor<8x8xf64>
    scf.yield %mixed : tensor<8x8xf64>
  }
  %e = matrix.product %h, %r1 : tensor<12x8xf64>, tensor<8x8xf64> -> tensor<12x8xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<12x8xf64>
  %v1 = steepest.descend %v, %e, %lr : tensor<12x8xf64>
  steepest.update %w = %w1, %v = %v1, %q = %q1, %r = %r1, %count = %count1
    : tensor<12x8xf64>, tensor<12x8xf64>, tensor<12x12xf64>, tensor<8x8xf64>, f64
}
