//===- Steps.mlir - the steps of the primal-dual method -------------------===//
//
// One Newton step on the smoothed optimality conditions, the safeguard beside
// it, and the clipping of a primal candidate. Everything is m x m. Notation as
// in PrimalDualNewton.mlir: hats are matrices in the eigenbasis of P, `vectors`
// holds V^T.
//
//===----------------------------------------------------------------------===//

!square = tensor<?x?xf64>
!vector = tensor<?xf64>

func.func private @scaled(f64, !square) -> !square
func.func private @plus_scaled(!square, f64, !square) -> !square
func.func private @sym(!square) -> !square
func.func private @skew(!square) -> !square
func.func private @rows_times(!vector, !square) -> !square
func.func private @columns_times(!vector, !square) -> !square
func.func private @inner(!square, !square) -> f64
func.func private @into_ball(!square, f64) -> !square
func.func private @into_eigenbasis(!square, !square) -> !square
func.func private @symmetric_into_eigenbasis(!square, !square) -> !square
func.func private @from_eigenbasis(!square, !square) -> !square
func.func private @symmetric_from_eigenbasis(!square, !square) -> !square
func.func private @norm_above_one(!square) -> (f64, i1)

//===----------------------------------------------------------------------===//
// Primal side: candidates [A^; R V B^] with A^ skew, tangent by construction
//===----------------------------------------------------------------------===//

// Singular values of the candidate with bottom block B^ = diag(1/q) that exceed
// 1 are cut to 1 instead of scaling all of them down: with the Gram matrix
// S = A^T A + B^ T^ B^ and D = S^(-1/2) on eigenvalues above 1,
//   A <- skew(A D),   B^ <- B^ D,
// renormalised, as taking the skew part may leave the ball again. Returns the
// new A, B^, value after normalisation, and the norm it was divided by.
func.func private @clip(%a: !square, %gram: !square, %gradient: !square, %t: !square,
                        %t_scaled: !square, %inverse_roots: !vector)
    -> (!square, !square, f64, f64, i1) {
  %one = arith.constant 1.0 : f64
  %eigenvalues, %vectors, %converged = matrix.eigh %gram : !square -> !vector, !square
  %ones = matrix.broadcast %one like %eigenvalues : f64, !vector -> !vector
  %at_least_one = arith.maximumf %eigenvalues, %ones : !vector
  %roots = math.sqrt %at_least_one : !vector
  %factors = arith.divf %ones, %roots : !vector
  %scaled_vectors = func.call @rows_times(%factors, %vectors) : (!vector, !square) -> !square
  %d = matrix.product %scaled_vectors, %vectors {transpose_lhs, symmetric} : !square, !square -> !square

  %a_d = matrix.product %a, %d : !square, !square -> !square
  %clipped = func.call @skew(%a_d) : (!square) -> !square
  %bottom = func.call @rows_times(%inverse_roots, %d) : (!vector, !square) -> !square

  // value = <K^, A> + tr(B^ T^)
  %top_value = func.call @inner(%gradient, %clipped) : (!square, !square) -> f64
  %bottom_value = func.call @inner(%t, %bottom) : (!square, !square) -> f64
  %value = arith.addf %top_value, %bottom_value : f64
  %bottom_gram = func.call @symmetric_into_eigenbasis(%d, %t_scaled) : (!square, !square) -> !square
  %new_gram = matrix.product %clipped, %clipped plus(%one, %bottom_gram : f64, !square)
      {transpose_lhs, symmetric} : !square, !square -> !square
  %norm, %normed = func.call @norm_above_one(%new_gram) : (!square) -> (f64, i1)
  %attained = arith.divf %value, %norm : f64
  %valid = arith.andi %converged, %normed : i1
  return %clipped, %bottom, %attained, %norm, %valid : !square, !square, f64, f64, i1
}

//===----------------------------------------------------------------------===//
// Newton system
//===----------------------------------------------------------------------===//

// Solves (H + mu J)[D] = rhs for symmetric D in the eigenbasis, where
//
//   H[D] = sym(D diag(1/q)) - sym(A dK[D]),     M = A^T D,
//   dK[D]_ij = ((q_i / q_j) M_ij + M_ji) / (q_i + q_j),
//   J_ij = (1/q_i + 1/q_j) / 2,
//
// by conjugate gradients preconditioned with J. H + mu J = (1 + mu) J - sym(A
// dK), positive semidefinite and at most (1 + mu) J. Stops at a relative
// residual of 0.1 in the preconditioned norm; more accuracy costs more than the
// iteration it saves. A dK[D] is needed afterwards and is summed up along.
func.func private @conjugate_gradients(%a: !square, %rhs: !square, %q: !vector, %damping: f64, %cap: index)
    -> (!square, !square) {
  %none = arith.constant 0 : index
  %next = arith.constant 1 : index
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %half = arith.constant 0.5 : f64
  %reduction = arith.constant 0.01 : f64
  %zeros = matrix.broadcast %zero like %rhs : f64, !square -> !square
  %ones = matrix.broadcast %one like %rhs : f64, !square -> !square

  // 1 / (q_i + q_j),  (q_i / q_j) / (q_i + q_j)  and  J
  %q_i = matrix.broadcast %q along row like %rhs : !vector, !square -> !square
  %q_j = matrix.broadcast %q along column like %rhs : !vector, !square -> !square
  %q_sum = arith.addf %q_i, %q_j : !square
  %weight_transposed = arith.divf %ones, %q_sum : !square
  %q_ratio = arith.divf %q_i, %q_j : !square
  %weight = arith.mulf %q_ratio, %weight_transposed : !square
  %q_product = arith.mulf %q_i, %q_j : !square
  %mean_product = arith.divf %q_sum, %q_product : !square
  %jacobi = func.call @scaled(%half, %mean_product) : (f64, !square) -> !square
  %shift = arith.addf %one, %damping : f64
  %majoriser = func.call @scaled(%shift, %jacobi) : (f64, !square) -> !square

  %first = arith.divf %rhs, %jacobi : !square
  %start = func.call @inner(%rhs, %first) : (!square, !square) -> f64
  %target = arith.mulf %reduction, %start : f64
  %solution:6 = scf.while (%x = %zeros, %coupled = %zeros, %residual = %rhs, %direction = %first,
                           %energy = %start, %count = %none)
      : (!square, !square, !square, !square, f64, index) -> (!square, !square, !square, !square, f64, index) {
    %below_cap = arith.cmpi ult, %count, %cap : index
    %positive = arith.cmpf ogt, %energy, %zero : f64
    %above_target = arith.cmpf oge, %energy, %target : f64
    %unsolved = arith.andi %positive, %above_target : i1
    %continue = arith.andi %below_cap, %unsolved : i1
    scf.condition(%continue) %x, %coupled, %residual, %direction, %energy, %count
        : !square, !square, !square, !square, f64, index
  } do {
  ^bb0(%x: !square, %coupled: !square, %residual: !square, %direction: !square, %energy: f64, %count: index):
    // A dK[direction] and H[direction]
    %m = matrix.product %a, %direction {transpose_lhs} : !square, !square -> !square
    %m_transposed = matrix.transpose %m : !square -> !square
    %term = arith.mulf %weight, %m : !square
    %term_transposed = arith.mulf %weight_transposed, %m_transposed : !square
    %dk = arith.addf %term, %term_transposed : !square
    %a_dk = matrix.product %a, %dk : !square, !square -> !square
    %coupling = func.call @sym(%a_dk) : (!square) -> !square
    %plain = arith.mulf %majoriser, %direction : !square
    %image = arith.subf %plain, %coupling : !square

    // Curvature that is not positive is rounding: stop before using it.
    %curvature = func.call @inner(%direction, %image) : (!square, !square) -> f64
    %convex = arith.cmpf ogt, %curvature, %zero : f64
    %quotient = arith.divf %energy, %curvature : f64
    %step = arith.select %convex, %quotient, %zero : f64
    %back = arith.negf %step : f64
    %new_x = func.call @plus_scaled(%x, %step, %direction) : (!square, f64, !square) -> !square
    %new_coupled = func.call @plus_scaled(%coupled, %step, %a_dk) : (!square, f64, !square) -> !square
    %new_residual = func.call @plus_scaled(%residual, %back, %image) : (!square, f64, !square) -> !square
    %preconditioned = arith.divf %new_residual, %jacobi : !square
    %measured = func.call @inner(%new_residual, %preconditioned) : (!square, !square) -> f64
    %new_energy = arith.select %convex, %measured, %zero : f64
    %conjugation = arith.divf %new_energy, %energy : f64
    %new_direction = func.call @plus_scaled(%preconditioned, %conjugation, %direction)
        : (!square, f64, !square) -> !square
    %new_count = arith.addi %count, %next : index
    scf.yield %new_x, %new_coupled, %new_residual, %new_direction, %new_energy, %new_count
        : !square, !square, !square, !square, f64, index
  }
  return %solution#0, %solution#1 : !square, !square
}

// One Newton step from C with the primal A^: the new C inside its ball and the
// new A = W^T Phi in the original basis, scaled into the unit ball.
//   (H + mu J)[D] = -sym(N^ / q),   C <- C + V D V^T,
//   A <- skew(N^ / q + D / q - A dK[D])
func.func private @newton_step(%c: !square, %a: !square, %n: !square, %q: !vector, %vectors: !square,
                               %radius: f64, %damping: f64, %cap: index) -> (!square, !square, i1) {
  %one = arith.constant 1.0 : f64
  %ones = matrix.broadcast %one like %q : f64, !vector -> !vector
  %inverse_roots = arith.divf %ones, %q : !vector
  %n_over_q = func.call @columns_times(%inverse_roots, %n) : (!vector, !square) -> !square
  %infeasibility = func.call @sym(%n_over_q) : (!square) -> !square
  %rhs = arith.negf %infeasibility : !square
  %d, %coupled = func.call @conjugate_gradients(%a, %rhs, %q, %damping, %cap)
      : (!square, !square, !vector, f64, index) -> (!square, !square)

  %d_over_q = func.call @columns_times(%inverse_roots, %d) : (!vector, !square) -> !square
  %linear = arith.addf %n_over_q, %d_over_q : !square
  %moved = arith.subf %linear, %coupled : !square
  %tangent = func.call @skew(%moved) : (!square) -> !square
  %gram = matrix.product %tangent, %tangent {transpose_lhs, symmetric} : !square, !square -> !square
  %norm, %converged = func.call @norm_above_one(%gram) : (!square) -> (f64, i1)
  %inverse_norm = arith.divf %one, %norm : f64
  %inside = func.call @scaled(%inverse_norm, %tangent) : (f64, !square) -> !square
  %new_a = func.call @from_eigenbasis(%vectors, %inside) : (!square, !square) -> !square

  // ||C||_F <= ||K||_F holds at the solution.
  %step = func.call @symmetric_from_eigenbasis(%vectors, %d) : (!square, !square) -> !square
  %stepped = arith.addf %c, %step : !square
  %new_c = func.call @into_ball(%stepped, %radius) : (!square, f64) -> !square
  return %new_c, %new_a, %converged : !square, !square, i1
}

// The step of the quadratic majoriser at the point with eigenvectors V and
// roots q, in closed form: C = V (K^ o (q_j - q_i) / (q_j + q_i)) V^T. It never
// increases the smoothed dual.
func.func private @majoriser_step(%k: !square, %vectors: !square, %q: !vector) -> !square {
  %k_hat = func.call @into_eigenbasis(%vectors, %k) : (!square, !square) -> !square
  %q_i = matrix.broadcast %q along row like %k : !vector, !square -> !square
  %q_j = matrix.broadcast %q along column like %k : !vector, !square -> !square
  %q_difference = arith.subf %q_j, %q_i : !square
  %q_sum = arith.addf %q_j, %q_i : !square
  %factor = arith.divf %q_difference, %q_sum : !square
  %d = arith.mulf %k_hat, %factor : !square
  %result = func.call @symmetric_from_eigenbasis(%vectors, %d) : (!square, !square) -> !square
  return %result : !square
}
