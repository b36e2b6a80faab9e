//===- Formulas.mlir - the vocabulary of the method -----------------------===//
//
// What is written with a word in a formula and with several operations here.
// Calls are inlined into the optimizer.
//
//===----------------------------------------------------------------------===//

!square = tensor<?x?xf64>
!vector = tensor<?xf64>

// The largest power of two that is not above x, by doubling and halving: exact
// on every machine, so the direction depends on the gradient's scale in no bit.
// Zero and subnormal numbers count as the smallest normal one.
func.func private @power_of_two(%x: f64) -> f64 {
  %half = arith.constant 0.5 : f64
  %one = arith.constant 1.0 : f64
  %two = arith.constant 2.0 : f64
  %smallest_normal = arith.constant 2.2250738585072014E-308 : f64
  %target = arith.maximumf %x, %smallest_normal : f64
  %not_above = scf.while (%power = %one) : (f64) -> f64 {
    %above = arith.cmpf ogt, %power, %target : f64
    scf.condition(%above) %power : f64
  } do {
  ^bb0(%power: f64):
    %halved = arith.mulf %power, %half : f64
    scf.yield %halved : f64
  }
  %result = scf.while (%power = %not_above) : (f64) -> f64 {
    %doubled = arith.mulf %power, %two : f64
    %below = arith.cmpf ole, %doubled, %target : f64
    scf.condition(%below) %power : f64
  } do {
  ^bb0(%power: f64):
    %doubled = arith.mulf %power, %two : f64
    scf.yield %doubled : f64
  }
  return %result : f64
}

func.func private @scaled(%factor: f64, %x: !square) -> !square {
  %spread = matrix.broadcast %factor like %x : f64, !square -> !square
  %result = arith.mulf %spread, %x : !square
  return %result : !square
}

// X + factor Y
func.func private @plus_scaled(%x: !square, %factor: f64, %y: !square) -> !square {
  %term = func.call @scaled(%factor, %y) : (f64, !square) -> !square
  %result = arith.addf %x, %term : !square
  return %result : !square
}

// (X + X^T) / 2
func.func private @sym(%x: !square) -> !square {
  %half = arith.constant 0.5 : f64
  %transposed = matrix.transpose %x : !square -> !square
  %sum = arith.addf %x, %transposed : !square
  %result = func.call @scaled(%half, %sum) : (f64, !square) -> !square
  return %result : !square
}

// (X - X^T) / 2
func.func private @skew(%x: !square) -> !square {
  %half = arith.constant 0.5 : f64
  %transposed = matrix.transpose %x : !square -> !square
  %difference = arith.subf %x, %transposed : !square
  %result = func.call @scaled(%half, %difference) : (f64, !square) -> !square
  return %result : !square
}

// diag(v) X
func.func private @rows_times(%v: !vector, %x: !square) -> !square {
  %spread = matrix.broadcast %v along row like %x : !vector, !square -> !square
  %result = arith.mulf %spread, %x : !square
  return %result : !square
}

// X diag(v)
func.func private @columns_times(%v: !vector, %x: !square) -> !square {
  %spread = matrix.broadcast %v along column like %x : !vector, !square -> !square
  %result = arith.mulf %spread, %x : !square
  return %result : !square
}

func.func private @identity(%like: !square) -> !square {
  %row = matrix.index row like %like : !square -> tensor<?x?xi64>
  %column = matrix.index column like %like : !square -> tensor<?x?xi64>
  %diagonal = arith.cmpi eq, %row, %column : tensor<?x?xi64>
  %result = arith.uitofp %diagonal : tensor<?x?xi1> to !square
  return %result : !square
}

func.func private @diagonal(%x: !square) -> !vector {
  %identity = func.call @identity(%x) : (!square) -> !square
  %masked = arith.mulf %identity, %x : !square
  %result = matrix.reduce sum %masked to row : !square -> !vector
  return %result : !vector
}

// <X, Y> = sum x_ij y_ij
func.func private @inner(%x: !square, %y: !square) -> f64 {
  %products = arith.mulf %x, %y : !square
  %result = matrix.reduce sum %products to scalar : !square -> f64
  return %result : f64
}

func.func private @frobenius(%x: !square) -> f64 {
  %squared = func.call @inner(%x, %x) : (!square, !square) -> f64
  %result = math.sqrt %squared : f64
  return %result : f64
}

func.func private @largest_magnitude(%x: !square) -> f64 {
  %magnitudes = math.absf %x : !square
  %result = matrix.reduce maximum %magnitudes to scalar : !square -> f64
  return %result : f64
}

// min(1, radius / ||X||_F) X: back into the ball.
func.func private @into_ball(%x: !square, %radius: f64) -> !square {
  %one = arith.constant 1.0 : f64
  %size = func.call @frobenius(%x) : (!square) -> f64
  %outside = arith.cmpf ogt, %size, %radius : f64
  %ratio = arith.divf %radius, %size : f64
  %factor = arith.select %outside, %ratio, %one : f64
  %result = func.call @scaled(%factor, %x) : (f64, !square) -> !square
  return %result : !square
}

// V^T X V
func.func private @into_eigenbasis(%vectors: !square, %x: !square) -> !square {
  %half = matrix.product %vectors, %x : !square, !square -> !square
  %result = matrix.product %half, %vectors {transpose_rhs} : !square, !square -> !square
  return %result : !square
}

// V^T X V of a symmetric X
func.func private @symmetric_into_eigenbasis(%vectors: !square, %x: !square) -> !square {
  %half = matrix.product %vectors, %x : !square, !square -> !square
  %result = matrix.product %half, %vectors {transpose_rhs, symmetric} : !square, !square -> !square
  return %result : !square
}

// V X V^T
func.func private @from_eigenbasis(%vectors: !square, %x: !square) -> !square {
  %half = matrix.product %vectors, %x {transpose_lhs} : !square, !square -> !square
  %result = matrix.product %half, %vectors : !square, !square -> !square
  return %result : !square
}

// V X V^T of a symmetric X
func.func private @symmetric_from_eigenbasis(%vectors: !square, %x: !square) -> !square {
  %half = matrix.product %vectors, %x {transpose_lhs} : !square, !square -> !square
  %result = matrix.product %half, %vectors {symmetric} : !square, !square -> !square
  return %result : !square
}

// q_i = sqrt(lambda_i + e^2)
func.func private @smoothed_roots(%eigenvalues: !vector, %smoothing: f64) -> !vector {
  %squared = arith.mulf %smoothing, %smoothing : f64
  %shift = matrix.broadcast %squared like %eigenvalues : f64, !vector -> !vector
  %shifted = arith.addf %eigenvalues, %shift : !vector
  %result = math.sqrt %shifted : !vector
  return %result : !vector
}

// max(1, lambda_max(X)^(1/2)) of a positive semidefinite X.
func.func private @norm_above_one(%x: !square) -> (f64, i1) {
  %one = arith.constant 1.0 : f64
  %eigenvalues, %converged = matrix.eigenvalues %x : !square -> !vector
  %largest = matrix.reduce maximum %eigenvalues to scalar : !vector -> f64
  %at_least_one = arith.maximumf %largest, %one : f64
  %result = math.sqrt %at_least_one : f64
  return %result, %converged : f64, i1
}
