// Matrix programs that every rewrite of the algebra phase changes, in float64,
// so that a difference of a formula stands out from one of rounding.

// fold-transposes, share-products, symmetric-products.
steepest.optimizer @shared(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %wt = matrix.transpose %w : tensor<?x?xf64> -> tensor<?x?xf64>
  %p = matrix.product %wt, %g : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %q = matrix.product %g, %w {transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r = matrix.product %p, %p {transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r2 = matrix.product %r, %r : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r3 = matrix.product %r2, %r {transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %qr = arith.addf %q, %r3 : tensor<?x?xf64>
  %pr = arith.subf %p, %r2 : tensor<?x?xf64>
  %y = matrix.product %pr, %qr : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %d = matrix.product %w, %y {transpose_rhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}

// orthonormal-products.
steepest.optimizer @orthonormal(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %r = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %v, %q, %ok = matrix.eigh %r : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
  matrix.require %ok, 3
  %a = matrix.product %g, %q {transpose_rhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %b = matrix.product %a, %q : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %i = matrix.product %q, %q {transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %d = matrix.product %b, %i : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}

// reassociate-products: 60 x 4 x 60 x 4.
steepest.optimizer @chain(%w: tensor<60x4xf64>, %g: tensor<60x4xf64>) hyper(%lr: f64 = 0.01) {
  %p = matrix.product %w, %g {transpose_rhs} : tensor<60x4xf64>, tensor<60x4xf64> -> tensor<60x60xf64>
  %d = matrix.product %p, %w : tensor<60x60xf64>, tensor<60x4xf64> -> tensor<60x4xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<60x4xf64>
  steepest.update %w = %w1 : tensor<60x4xf64>
}

// fold-epilogues and hoist-invariants.
steepest.optimizer @loop(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %d = scf.for %k = %c0 to %c3 step %c1 iter_args(%x = %g) -> (tensor<?x?xf64>) {
    %r = matrix.product %w, %w {transpose_lhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
    %y = matrix.product %x, %r : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
    %f = matrix.broadcast %lr like %y : f64, tensor<?x?xf64> -> tensor<?x?xf64>
    %z = arith.mulf %f, %y : tensor<?x?xf64>
    %u = arith.subf %g, %z : tensor<?x?xf64>
    scf.yield %u : tensor<?x?xf64>
  }
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}

// Ones on the diagonal and equal entries, of as many rows as columns or not.
steepest.optimizer @rectangular(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %i = matrix.index row like %g : tensor<?x?xf64> -> tensor<?x?xi64>
  %j = matrix.index column like %g : tensor<?x?xf64> -> tensor<?x?xi64>
  %k = arith.cmpi eq, %i, %j : tensor<?x?xi64>
  %e = arith.uitofp %k : tensor<?x?xi1> to tensor<?x?xf64>
  %a = matrix.broadcast %lr like %g : f64, tensor<?x?xf64> -> tensor<?x?xf64>
  %c = arith.addf %e, %a : tensor<?x?xf64>
  %p = matrix.product %g, %e {transpose_rhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %q = matrix.product %p, %c : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r = matrix.product %e, %c {transpose_lhs} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %s = matrix.product %q, %r : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %d = arith.addf %s, %e : tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}
