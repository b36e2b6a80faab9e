// RUN: steepest-opt %s --steepest-print-facts --verify-diagnostics -o /dev/null

steepest.optimizer @products(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%s: f32 = 2.0) {
  %two = arith.constant 2.0 : f32
  // X^T X.
  // expected-remark @+1 {{positive semidefinite}}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // Powers and shifts of it commute with it.
  // expected-remark @+1 {{positive semidefinite, function of another symmetric matrix}}
  %r2 = matrix.product %r, %r scale(%two : f32) plus(%two, %r : f32, tensor<?x?xf32>) shift(%two : f32) : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{positive semidefinite, function of another symmetric matrix}}
  %r3 = matrix.product %r2, %r : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // A factor of unknown sign says nothing of signs.
  // expected-remark @+1 {{symmetric, function of another symmetric matrix}}
  %r4 = matrix.product %r2, %r3 scale(%s : f32) : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{positive semidefinite}}
  %q = matrix.product %w, %w {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // Symmetric matrices of different origin do not commute.
  %mixed = matrix.product %r, %q : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // Their sums are symmetric all the same.
  // expected-remark @+1 {{positive semidefinite}}
  %sum = arith.addf %r, %q : tensor<?x?xf32>
  // expected-remark @+1 {{symmetric}}
  %difference = arith.subf %r, %q : tensor<?x?xf32>
  %t = matrix.transpose %mixed : tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{symmetric}}
  %sym = arith.addf %mixed, %t : tensor<?x?xf32>
  %skew = arith.subf %mixed, %t : tensor<?x?xf32>
  steepest.update %w = %w : tensor<?x?xf32>
}

steepest.optimizer @eigen(%w: tensor<8x8xf64>, %g: tensor<8x8xf64>) {
  // expected-remark @+1 {{positive semidefinite}}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // expected-remark @+1 {{orthonormal columns, orthonormal rows}}
  %v, %q, %ok = matrix.eigh %r : tensor<8x8xf64> -> tensor<8xf64>, tensor<8x8xf64>
  // expected-remark @+1 {{orthonormal columns, orthonormal rows}}
  %q2 = matrix.product %q, %q : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // Q^T D Q.
  %d = matrix.broadcast %v along row like %q : tensor<8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  %dq = arith.mulf %d, %q : tensor<8x8xf64>
  // expected-remark @+1 {{symmetric}}
  %a = matrix.product %q, %dq {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  %i = matrix.index row like %q : tensor<8x8xf64> -> tensor<8x8xi64>
  %j = matrix.index column like %q : tensor<8x8xf64> -> tensor<8x8xi64>
  %e = arith.cmpi eq, %i, %j : tensor<8x8xi64>
  // expected-remark @+1 {{multiple of the identity, positive semidefinite, orthonormal columns, orthonormal rows}}
  %id = arith.uitofp %e : tensor<8x8xi1> to tensor<8x8xf64>
  steepest.update %w = %w : tensor<8x8xf64>
}

// A fact about what a loop carries holds when it holds before the loop and is
// kept by it.
steepest.optimizer @loop(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  // expected-remark @+1 {{positive semidefinite}}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{positive semidefinite}}
  %p:2 = scf.for %k = %c0 to %c5 step %c1 iter_args(%a = %r, %b = %r) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
    // expected-remark @+1 {{positive semidefinite, function of another symmetric matrix}}
    %next = matrix.product %a, %a : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %other = matrix.product %b, %w : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %next, %other : tensor<?x?xf32>, tensor<?x?xf32>
  }
  steepest.update %w = %w : tensor<?x?xf32>
}

// Ones where the row is the column, and entries that are all equal, make a
// symmetric matrix only where there are as many rows as columns, which a dynamic
// type does not say.
steepest.optimizer @rectangular(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%s: f32 = 2.0, %t: f32 = 3.0) {
  %i = matrix.index row like %g : tensor<?x?xf32> -> tensor<?x?xi64>
  %j = matrix.index column like %g : tensor<?x?xf32> -> tensor<?x?xi64>
  %e = arith.cmpi eq, %i, %j : tensor<?x?xi64>
  %diagonal = arith.uitofp %e : tensor<?x?xi1> to tensor<?x?xf32>
  %a = matrix.broadcast %s like %g : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %b = matrix.broadcast %t like %g : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %sum = arith.addf %a, %b : tensor<?x?xf32>
  // expected-remark @+1 {{positive semidefinite}}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %ri = matrix.index row like %r : tensor<?x?xf32> -> tensor<?x?xi64>
  %rj = matrix.index column like %r : tensor<?x?xf32> -> tensor<?x?xi64>
  %re = arith.cmpi eq, %rj, %ri : tensor<?x?xi64>
  // expected-remark @+1 {{multiple of the identity, positive semidefinite, orthonormal columns, orthonormal rows}}
  %identity = arith.uitofp %re : tensor<?x?xi1> to tensor<?x?xf32>
  %c = matrix.broadcast %s like %r : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %d = matrix.broadcast %t like %r : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{symmetric}}
  %uniform = arith.addf %c, %d : tensor<?x?xf32>
  steepest.update %w = %w : tensor<?x?xf32>
}

// Extents that are one value are equal.
steepest.optimizer @extents(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%s: f32 = 2.0, %t: f32 = 3.0) {
  %zero = arith.constant 0 : index
  %n = tensor.dim %g, %zero : tensor<?x?xf32>
  %a = tensor.splat %s[%n, %n] : tensor<?x?xf32>
  %b = matrix.broadcast %t like %a : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %c = matrix.broadcast %s like %a : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-remark @+1 {{symmetric}}
  %sum = arith.addf %b, %c : tensor<?x?xf32>
  steepest.update %w = %w : tensor<?x?xf32>
}

// Types may say that they are not.
steepest.optimizer @types(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) hyper(%s: f32 = 2.0, %t: f32 = 3.0) {
  %b = matrix.broadcast %t like %g : f32, tensor<4x8xf32> -> tensor<4x8xf32>
  %c = matrix.broadcast %s like %g : f32, tensor<4x8xf32> -> tensor<4x8xf32>
  %sum = arith.addf %b, %c : tensor<4x8xf32>
  %i = matrix.index row like %g : tensor<4x8xf32> -> tensor<4x8xi64>
  %j = matrix.index column like %g : tensor<4x8xf32> -> tensor<4x8xi64>
  %k = arith.cmpi eq, %i, %j : tensor<4x8xi64>
  %diagonal = arith.uitofp %k : tensor<4x8xi1> to tensor<4x8xf32>
  steepest.update %w = %w : tensor<4x8xf32>
}
