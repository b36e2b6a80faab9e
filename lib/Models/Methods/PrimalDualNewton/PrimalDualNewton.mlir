//===- PrimalDualNewton.mlir - spectral norm x Stiefel manifold -----------===//
//
//   maximise <G, Phi>  over  sym(W^T Phi) = 0,  ||Phi||_2 <= 1,
//
// for W of n x m with n >= m and W^T W = I. There is no closed form for n > m.
// Split G = W B + R with W^T R = 0. The part sym B is normal to the manifold,
// so only K = skew B and R matter, and the dual problem is
//
//   minimise over symmetric C   || Z ||_*,   Z = W (K + C) + R,
//   P = Z^T Z = N^T N + T,      N = K + C,   T = R^T R:
//
// everything but the first and the last step is m x m. With Q = P^(1/2) the
// optimum is Phi = Z Q^-1 whenever Q is regular; at an odd 2m - n it never is,
// so the iteration carries the skew A = W^T Phi besides C. Each iteration is
// one eigen-decomposition of P, smoothed to Q = (P + e^2)^(1/2) with e tied to
// the measured gap, and one Newton step on  Phi Q = Z, sym(A) = 0  in which
// Phi is an unknown of its own (the lagged linearisation of Chan, Golub and
// Mulet): its operator is positive semidefinite for every ||A|| <= 1, and
// conjugate gradients solve it in the eigenbasis.
//
// Every exit returns a feasible Phi, its value, and an upper bound of what any
// feasible direction attains.
//
// Conventions. `vectors` holds eigenvectors in rows (V^T in the formulas). Hats
// are matrices in the eigenbasis: X^ = V^T X V. Scalars of the data's rounding
// are called epsilon, the smoothing e is called smoothing.
//
//===----------------------------------------------------------------------===//

!tall = tensor<?x?xf64>
!square = tensor<?x?xf64>
!vector = tensor<?xf64>

func.func private @scaled(f64, !square) -> !square
func.func private @sym(!square) -> !square
func.func private @skew(!square) -> !square
func.func private @rows_times(!vector, !square) -> !square
func.func private @columns_times(!vector, !square) -> !square
func.func private @identity(!square) -> !square
func.func private @diagonal(!square) -> !vector
func.func private @inner(!square, !square) -> f64
func.func private @frobenius(!square) -> f64
func.func private @largest_magnitude(!square) -> f64
func.func private @power_of_two(f64) -> f64
func.func private @into_ball(!square, f64) -> !square
func.func private @into_eigenbasis(!square, !square) -> !square
func.func private @symmetric_into_eigenbasis(!square, !square) -> !square
func.func private @from_eigenbasis(!square, !square) -> !square
func.func private @smoothed_roots(!vector, f64) -> !vector
func.func private @norm_above_one(!square) -> (f64, i1)
func.func private @clip(!square, !square, !square, !square, !square, !vector) -> (!square, !square, f64, f64, i1)
func.func private @newton_step(!square, !square, !square, !vector, !square, f64, f64, index) -> (!square, !square, i1)
func.func private @majoriser_step(!square, !square, !vector) -> !square

// `y` is the correction of an earlier call in units of its gradient, used when
// `warm` and not zero, as it is before the first; `epsilon` is the machine epsilon to which w and g are rounded;
// `budget` limits the iterations. The outcome is a `steepest_outcome`.
func.func @primal_dual_newton(%w: !tall, %g: !tall, %y: !square, %warm: i1, %tolerance: f64,
                              %epsilon: f64, %budget: index)
    -> (!tall, f64, f64, f64, f64, f64, !square) {
  %none = arith.constant 0 : index
  %next = arith.constant 1 : index
  %true = arith.constant true
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %minus_one = arith.constant -1.0 : f64
  %two = arith.constant 2.0 : f64
  %four = arith.constant 4.0 : f64
  %eight = arith.constant 8.0 : f64
  %tenth = arith.constant 0.1 : f64
  %infinity = arith.constant 0x7FF0000000000000 : f64
  %rows = tensor.dim %w, %none : !tall
  %columns = tensor.dim %w, %next : !tall
  %columns_i64 = arith.index_cast %columns : index to i64
  %m = arith.sitofp %columns_i64 : i64 to f64
  %m_root = math.sqrt %m : f64

  //===--- 0. Scale -------------------------------------------------------===//

  %magnitude = func.call @largest_magnitude(%g) : (!tall) -> f64
  %is_zero = arith.cmpf oeq, %magnitude, %zero : f64
  %scale = func.call @power_of_two(%magnitude) : (f64) -> f64
  %scale_spread = matrix.broadcast %scale like %g : f64, !tall -> !tall
  %gradient = arith.divf %g, %scale_spread : !tall
  %gradient_norm = func.call @frobenius(%gradient) : (!tall) -> f64

  //===--- 1. Reduce: G = W B + R, W^T R = 0 ------------------------------===//

  // One projection leaves W^T R = (I - W^T W) B, so a second one adds that to
  // B; with the Gram matrix at hand (the drift needs it) both take one pass.
  // Never through G^T G: an aligned gradient would cancel.
  %w_gram = matrix.product %w, %w {transpose_lhs, symmetric} : !tall, !tall -> !square
  %projection = matrix.product %w, %gradient {transpose_lhs} : !tall, !tall -> !square
  %b = matrix.product %w_gram, %projection scale(%minus_one : f64) plus(%two, %projection : f64, !square)
      : !square, !square -> !square
  %r = matrix.product %w, %b scale(%minus_one : f64) plus(%one, %gradient : f64, !tall)
      : !tall, !square -> !tall
  %k_unscaled = func.call @skew(%b) : (!square) -> !square
  %t_unscaled = matrix.product %r, %r {transpose_lhs, symmetric} : !tall, !tall -> !square

  // Units in which ||[K; R]||_F = sqrt(m), so ||[K; R]||_* <= m.
  %k_squared = func.call @inner(%k_unscaled, %k_unscaled) : (!square, !square) -> f64
  %t_diagonal = func.call @diagonal(%t_unscaled) : (!square) -> !vector
  %t_trace = matrix.reduce sum %t_diagonal to scalar : !vector -> f64
  %tangent_squared = arith.addf %k_squared, %t_trace : f64
  %tangent_norm = math.sqrt %tangent_squared : f64
  %unit = arith.divf %tangent_norm, %m_root : f64

  // A tangent gradient within the rounding of G is noise. Such a gradient, or
  // zero, skips the loop, and what follows gives Phi = 0 and a true bound.
  %noise_relative = arith.mulf %epsilon, %m_root : f64
  %noise = arith.mulf %noise_relative, %gradient_norm : f64
  %noise_limit = arith.mulf %eight, %noise : f64
  %is_active = arith.cmpf ogt, %tangent_norm, %noise_limit : f64
  %divisor = arith.select %is_active, %unit, %one : f64
  %inverse_unit = arith.divf %one, %divisor : f64
  %inverse_unit_squared = arith.mulf %inverse_unit, %inverse_unit : f64
  %k = func.call @scaled(%inverse_unit, %k_unscaled) : (f64, !square) -> !square
  %t = func.call @scaled(%inverse_unit_squared, %t_unscaled) : (f64, !square) -> !square
  %k_norm = func.call @frobenius(%k) : (!square) -> f64

  // Start. For n = m there is no R and C = 0 is optimal: with next to no
  // smoothing the first candidate is the closed form W msign(K).
  %is_square = arith.cmpi eq, %rows, %columns : index
  %zeros = matrix.broadcast %zero like %k : f64, !square -> !square
  %y_sym = func.call @sym(%y) : (!square) -> !square
  %inverse_scale = arith.divf %one, %scale : f64
  %y_scaled = func.call @scaled(%inverse_scale, %y_sym) : (f64, !square) -> !square
  %y_units = func.call @scaled(%inverse_unit, %y_scaled) : (f64, !square) -> !square
  %y_norm = func.call @frobenius(%y_units) : (!square) -> f64
  %y_finite = arith.cmpf olt, %y_norm, %infinity : f64
  %y_nonzero = arith.cmpf ogt, %y_norm, %zero : f64
  %y_usable = arith.andi %y_finite, %y_nonzero : i1
  %y_given = arith.andi %warm, %y_usable : i1
  %y_wanted = arith.andi %y_given, %is_active : i1
  %not_square = arith.xori %is_square, %true : i1
  %is_warm = arith.andi %y_wanted, %not_square : i1
  %y_inside = func.call @into_ball(%y_units, %k_norm) : (!square, f64) -> !square
  %start = arith.select %is_warm, %y_inside, %zeros : !square
  %smoothing_square = arith.constant 1.0e-7 : f64
  %smoothing_cold = arith.select %is_square, %smoothing_square, %one : f64
  %smoothing_start = arith.select %is_warm, %tenth, %smoothing_cold : f64

  //===--- 2. Iterate -----------------------------------------------------===//

  // Constants of the iteration. Beneath the floor of the smoothing, R / q
  // would only amplify the rounding of the data.
  %thirty = arith.constant 30.0 : f64
  %m_fourth_root = math.sqrt %m_root : f64
  %floor_relative = arith.mulf %thirty, %epsilon : f64
  %smoothing_floor = arith.mulf %floor_relative, %m_fourth_root : f64
  %smoothing_rate = arith.constant 0.6 : f64
  %smoothing_target = arith.mulf %smoothing_rate, %tolerance : f64
  %smoothing_fall = arith.constant 0.05 : f64
  %rounding = arith.constant 2.220446049250313E-16 : f64
  %ten = arith.constant 10.0 : f64
  %increase_relative = arith.mulf %rounding, %m_root : f64
  %increase_tolerance = arith.mulf %ten, %increase_relative : f64
  %increase_limit = arith.addf %one, %increase_tolerance : f64
  %nine_tenths = arith.constant 0.9 : f64
  %gap_target = arith.mulf %nine_tenths, %tolerance : f64
  %gap_near = arith.mulf %ten, %tolerance : f64
  %value_near = arith.subf %one, %tolerance : f64
  %fine = arith.constant 3.0e-4 : f64
  %is_fine = arith.cmpf olt, %tolerance, %fine : f64
  %cap_coarse = arith.constant 30 : index
  %cap_fine = arith.constant 60 : index
  %cap = arith.select %is_fine, %cap_fine, %cap_coarse : index
  %patience = arith.constant 10 : index
  %earliest_stall = arith.constant 14 : index

  %no_roots = matrix.broadcast %zero like %t_diagonal : f64, !vector -> !vector

  // State: C, A, the point of the last step (V, q and its smoothed dual,
  // infinite where there is nothing to compare with), the smoothing, the extra
  // damping after a rejection, the best bounds with what attains them (C for
  // the upper; V, A^, B^ for the lower), and when the gap last fell by a tenth.
  %final:17 = scf.while (
      %iteration = %none, %running = %is_active, %c = %start, %a_carried = %zeros,
      %last_vectors = %zeros, %last_q = %no_roots, %last_dual = %infinity,
      %smoothing = %zero, %extra_damping = %zero,
      %upper = %m, %best_c = %zeros,
      %lower = %zero, %best_vectors = %zeros, %best_top = %zeros, %best_bottom = %zeros,
      %mark_gap = %two, %mark_iteration = %none)
      : (index, i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square,
         f64, !square, !square, !square, f64, index)
      -> (index, i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square,
          f64, !square, !square, !square, f64, index) {
    %in_budget = arith.cmpi ult, %iteration, %budget : index
    %continue = arith.andi %running, %in_budget : i1
    scf.condition(%continue) %iteration, %running, %c, %a_carried, %last_vectors, %last_q, %last_dual,
        %smoothing, %extra_damping, %upper, %best_c, %lower, %best_vectors, %best_top, %best_bottom,
        %mark_gap, %mark_iteration
        : index, i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square,
          f64, !square, !square, !square, f64, index
  } do {
  ^bb0(%iteration: index, %running: i1, %c: !square, %a_carried: !square,
       %last_vectors: !square, %last_q: !vector, %last_dual: f64,
       %smoothing: f64, %extra_damping: f64, %upper: f64, %best_c: !square,
       %lower: f64, %best_vectors: !square, %best_top: !square, %best_bottom: !square,
       %mark_gap: f64, %mark_iteration: index):
    %is_first = arith.cmpi eq, %iteration, %none : index
    %new_iteration = arith.addi %iteration, %next : index

    // P = N^T N + T = V diag(lambda) V^T; ||Z||_* = sum sqrt(lambda) bounds the
    // value of every direction.
    %n = arith.addf %k, %c : !square
    %p = matrix.product %n, %n plus(%one, %t : f64, !square) {transpose_lhs, symmetric}
        : !square, !square -> !square
    %raw_eigenvalues, %vectors, %decomposed = matrix.eigh %p : !square -> !vector, !square
    %no_values = matrix.broadcast %zero like %raw_eigenvalues : f64, !vector -> !vector
    %eigenvalues = arith.maximumf %raw_eigenvalues, %no_values : !vector
    %singular_values = math.sqrt %eigenvalues : !vector
    %dual = matrix.reduce sum %singular_values to scalar : !vector -> f64
    %mean = arith.divf %dual, %m : f64
    %dual_smaller = arith.cmpf olt, %dual, %upper : f64
    %dual_better = arith.andi %dual_smaller, %decomposed : i1
    %new_upper = arith.select %dual_better, %dual, %upper : f64
    %new_best_c = arith.select %dual_better, %c, %best_c : !square

    // The first smoothing is relative to the mean singular value.
    %first_smoothing = arith.mulf %smoothing_start, %mean : f64
    %old_smoothing = arith.select %is_first, %first_smoothing, %smoothing : f64
    %old_q = func.call @smoothed_roots(%eigenvalues, %old_smoothing) : (!vector, f64) -> !vector
    %smoothed_dual = matrix.reduce sum %old_q to scalar : !vector -> f64
    %dual_limit = arith.mulf %last_dual, %increase_limit : f64
    %increased = arith.cmpf ogt, %smoothed_dual, %dual_limit : f64
    %rejected = arith.andi %increased, %decomposed : i1

    %new:14 = scf.if %rejected
        -> (i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square, !square, !square, f64, index) {
      // Safeguard: the majoriser's step from the last point instead, without
      // comparison, so that no second rejection can follow at once.
      %safe_c = func.call @majoriser_step(%k, %last_vectors, %last_q) : (!square, !square, !vector) -> !square
      scf.yield %true, %safe_c, %a_carried, %last_vectors, %last_q, %infinity, %smoothing, %tenth,
          %lower, %best_vectors, %best_top, %best_bottom, %mark_gap, %mark_iteration
          : i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square, !square, !square, f64, index
    } else {
      // In the eigenbasis. C^ is symmetric, hence K^ = skew N^.
      %n_hat = func.call @into_eigenbasis(%vectors, %n) : (!square, !square) -> !square
      %k_hat = func.call @skew(%n_hat) : (!square) -> !square
      %t_hat = func.call @symmetric_into_eigenbasis(%vectors, %t) : (!square, !square) -> !square
      %ones = matrix.broadcast %one like %old_q : f64, !vector -> !vector
      %inverse_roots = arith.divf %ones, %old_q : !vector
      %a = scf.if %is_first -> (!square) {
        %n_over_q = func.call @columns_times(%inverse_roots, %n_hat) : (!vector, !square) -> !square
        %a_first = func.call @skew(%n_over_q) : (!square) -> !square
        scf.yield %a_first : !square
      } else {
        %a_rotated = func.call @into_eigenbasis(%vectors, %a_carried) : (!square, !square) -> !square
        scf.yield %a_rotated : !square
      }

      // The candidate [A; R Q^-1], its value <K, A> + tr(T Q^-1), and its norm
      // from S = A^T A + Q^-1 T Q^-1.
      %t_rows = func.call @rows_times(%inverse_roots, %t_hat) : (!vector, !square) -> !square
      %t_scaled = func.call @columns_times(%inverse_roots, %t_rows) : (!vector, !square) -> !square
      %s = matrix.product %a, %a plus(%one, %t_scaled : f64, !square) {transpose_lhs, symmetric}
          : !square, !square -> !square
      %plain_norm, %measured = func.call @norm_above_one(%s) : (!square) -> (f64, i1)
      %usable = arith.andi %decomposed, %measured : i1
      %top_value = func.call @inner(%k_hat, %a) : (!square, !square) -> f64
      %t_values = func.call @diagonal(%t_rows) : (!square) -> !vector
      %bottom_value = matrix.reduce sum %t_values to scalar : !vector -> f64
      %value = arith.addf %top_value, %bottom_value : f64
      %plain_attained = arith.divf %value, %plain_norm : f64
      %identity = func.call @identity(%k) : (!square) -> !square
      %plain_bottom = func.call @rows_times(%inverse_roots, %identity) : (!vector, !square) -> !square

      // Near the end often only the norm is off: then clip.
      %plain_distance = arith.subf %new_upper, %plain_attained : f64
      %plain_gap = arith.divf %plain_distance, %new_upper : f64
      %gap_above = arith.cmpf ogt, %plain_gap, %tolerance : f64
      %gap_below = arith.cmpf olt, %plain_gap, %gap_near : f64
      %value_least = arith.mulf %value_near, %new_upper : f64
      %value_high = arith.cmpf ogt, %value, %value_least : f64
      %plain_better = arith.cmpf ogt, %plain_attained, %lower : f64
      %gap_close = arith.andi %gap_above, %gap_below : i1
      %worth_it = arith.andi %value_high, %plain_better : i1
      %close = arith.andi %gap_close, %worth_it : i1
      %try_clip = arith.andi %close, %usable : i1
      %candidate:4 = scf.if %try_clip -> (!square, !square, f64, f64) {
        %clipped:5 = func.call @clip(%a, %s, %k_hat, %t_hat, %t_scaled, %inverse_roots)
            : (!square, !square, !square, !square, !square, !vector) -> (!square, !square, f64, f64, i1)
        %gained = arith.cmpf ogt, %clipped#2, %plain_attained : f64
        %keep = arith.andi %gained, %clipped#4 : i1
        %kept_a = arith.select %keep, %clipped#0, %a : !square
        %kept_bottom = arith.select %keep, %clipped#1, %plain_bottom : !square
        %kept_attained = arith.select %keep, %clipped#2, %plain_attained : f64
        %kept_norm = arith.select %keep, %clipped#3, %plain_norm : f64
        scf.yield %kept_a, %kept_bottom, %kept_attained, %kept_norm : !square, !square, f64, f64
      } else {
        scf.yield %a, %plain_bottom, %plain_attained, %plain_norm : !square, !square, f64, f64
      }

      %primal_larger = arith.cmpf ogt, %candidate#2, %lower : f64
      %primal_better = arith.andi %primal_larger, %usable : i1
      %inverse_norm = arith.divf %one, %candidate#3 : f64
      %top = func.call @scaled(%inverse_norm, %candidate#0) : (f64, !square) -> !square
      %bottom = func.call @scaled(%inverse_norm, %candidate#1) : (f64, !square) -> !square
      %new_lower = arith.select %primal_better, %candidate#2, %lower : f64
      %new_best_vectors = arith.select %primal_better, %vectors, %best_vectors : !square
      %new_best_top = arith.select %primal_better, %top, %best_top : !square
      %new_best_bottom = arith.select %primal_better, %bottom, %best_bottom : !square

      // Stop when the gap is small, or has not fallen by a tenth in ten
      // iterations.
      %distance = arith.subf %new_upper, %new_lower : f64
      %gap = arith.divf %distance, %new_upper : f64
      %above_target = arith.cmpf ogt, %gap, %gap_target : f64
      %mark_limit = arith.mulf %nine_tenths, %mark_gap : f64
      %fell = arith.cmpf ole, %gap, %mark_limit : f64
      %new_mark_gap = arith.select %fell, %gap, %mark_gap : f64
      %new_mark_iteration = arith.select %fell, %iteration, %mark_iteration : index
      %since_mark = arith.subi %iteration, %new_mark_iteration : index
      %recent = arith.cmpi ult, %since_mark, %patience : index
      %early = arith.cmpi ule, %iteration, %earliest_stall : index
      %hopeful = arith.ori %recent, %early : i1
      %wanted = arith.andi %above_target, %hopeful : i1
      %go_on = arith.andi %wanted, %usable : i1
      %stepped:8 = scf.if %go_on -> (i1, !square, !square, !square, !vector, f64, f64, f64) {
        // The smoothing costs a gap of about 0.3 e / mean: let it follow the
        // gap of this point, but fall no faster than twentyfold.
        %point_distance = arith.subf %dual, %candidate#2 : f64
        %point_gap_raw = arith.divf %point_distance, %dual : f64
        %point_gap = arith.maximumf %point_gap_raw, %rounding : f64
        %gap_smoothing = arith.mulf %point_gap, %mean : f64
        %lowered = arith.minimumf %gap_smoothing, %old_smoothing : f64
        %tolerance_smoothing = arith.mulf %smoothing_target, %mean : f64
        %slowest = arith.mulf %smoothing_fall, %old_smoothing : f64
        %at_least_target = arith.maximumf %lowered, %tolerance_smoothing : f64
        %at_least_slowest = arith.maximumf %at_least_target, %slowest : f64
        %new_smoothing = arith.maximumf %at_least_slowest, %smoothing_floor : f64
        %q = func.call @smoothed_roots(%eigenvalues, %new_smoothing) : (!vector, f64) -> !vector

        // Damping by a multiple of the majoriser.
        %gap_damping = arith.mulf %tenth, %point_gap : f64
        %damping = arith.maximumf %gap_damping, %extra_damping : f64
        %new_extra_damping = arith.mulf %tenth, %extra_damping : f64

        // The first step has no A to rely on: with A = 0 it is the majoriser's.
        %lagged = arith.select %is_first, %zeros, %candidate#0 : !square
        %new_c, %new_a, %converged = func.call @newton_step(
            %c, %lagged, %n_hat, %q, %vectors, %k_norm, %damping, %cap)
            : (!square, !square, !square, !vector, !square, f64, f64, index) -> (!square, !square, i1)
        %new_dual = matrix.reduce sum %q to scalar : !vector -> f64
        scf.yield %converged, %new_c, %new_a, %vectors, %q, %new_dual, %new_smoothing, %new_extra_damping
            : i1, !square, !square, !square, !vector, f64, f64, f64
      } else {
        %false = arith.constant false
        scf.yield %false, %c, %a_carried, %last_vectors, %last_q, %last_dual, %smoothing, %extra_damping
            : i1, !square, !square, !square, !vector, f64, f64, f64
      }
      scf.yield %stepped#0, %stepped#1, %stepped#2, %stepped#3, %stepped#4, %stepped#5, %stepped#6, %stepped#7,
          %new_lower, %new_best_vectors, %new_best_top, %new_best_bottom, %new_mark_gap, %new_mark_iteration
          : i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square, !square, !square, f64, index
    }
    scf.yield %new_iteration, %new#0, %new#1, %new#2, %new#3, %new#4, %new#5, %new#6, %new#7,
        %new_upper, %new_best_c, %new#8, %new#9, %new#10, %new#11, %new#12, %new#13
        : index, i1, !square, !square, !square, !vector, f64, f64, f64, f64, !square,
          f64, !square, !square, !square, f64, index
  }

  //===--- 3. Recover and certify -----------------------------------------===//

  // Phi = W A + R B / unit, projected twice onto the tangent space: W^T W is
  // not quite the identity, so W sym(W^T Phi) must be followed by what it left,
  // sym((I - W^T W) sym(W^T Phi)).
  %top = func.call @from_eigenbasis(%final#12, %final#13) : (!square, !square) -> !square
  %bottom = func.call @from_eigenbasis(%final#12, %final#14) : (!square, !square) -> !square
  %phi_top = matrix.product %w, %top : !tall, !square -> !tall
  %phi_raw = matrix.product %r, %bottom scale(%inverse_unit : f64) plus(%one, %phi_top : f64, !tall)
      : !tall, !square -> !tall
  %raw_projection = matrix.product %w, %phi_raw {transpose_lhs} : !tall, !tall -> !square
  %normal = func.call @sym(%raw_projection) : (!square) -> !square
  %twice = matrix.product %w_gram, %normal scale(%minus_one : f64) plus(%two, %normal : f64, !square)
      : !square, !square -> !square
  %correction = func.call @sym(%twice) : (!square) -> !square
  %phi_tangent = matrix.product %w, %correction scale(%minus_one : f64) plus(%one, %phi_raw : f64, !tall)
      : !tall, !square -> !tall

  // Into the unit ball with room for rounding Phi to its declared type. The
  // Frobenius norm stands in where the eigenvalues fail.
  %phi_gram = matrix.product %phi_tangent, %phi_tangent {transpose_lhs, symmetric} : !tall, !tall -> !square
  %spectral_norm, %spectral_known = func.call @norm_above_one(%phi_gram) : (!square) -> (f64, i1)
  %frobenius_norm = func.call @frobenius(%phi_tangent) : (!tall) -> f64
  %norm_bound = arith.select %spectral_known, %spectral_norm, %frobenius_norm : f64
  %two_epsilon = arith.mulf %two, %epsilon : f64
  %room = arith.addf %one, %two_epsilon : f64
  %norm_room = arith.mulf %norm_bound, %room : f64
  %phi_divisor = arith.maximumf %norm_room, %one : f64
  %phi_factor = arith.divf %one, %phi_divisor : f64
  %phi = func.call @scaled(%phi_factor, %phi_tangent) : (f64, !tall) -> !tall
  %value_scaled = func.call @inner(%gradient, %phi) : (!tall, !tall) -> f64
  %value = arith.mulf %value_scaled, %scale : f64
  %phi_projection = matrix.product %w, %phi {transpose_lhs} : !tall, !tall -> !square
  %phi_normal = func.call @sym(%phi_projection) : (!square) -> !square
  %tangency = func.call @largest_magnitude(%phi_normal) : (!square) -> f64

  // ||Z||_* is 1-Lipschitz in the nuclear norm: the rounding of the data moves
  // the bound by at most 4 epsilon sqrt(m) ||G||_F, the drift of W from its
  // manifold by ||W^T W - I||_F relative. (Singular values below about 1e-8 of
  // the largest are rounding in P. That is far below the rounding of float32
  // data; of float64 data no gap below 1e-7 should be believed.)
  %w_identity = func.call @identity(%w_gram) : (!square) -> !square
  %w_error = arith.subf %w_gram, %w_identity : !square
  %drift = func.call @frobenius(%w_error) : (!square) -> f64
  %four_epsilon = arith.mulf %four, %epsilon : f64
  %relative_error = arith.addf %four_epsilon, %drift : f64
  %bound_factor = arith.addf %one, %relative_error : f64
  %bound_unit = arith.mulf %final#9, %unit : f64
  %bound_relative = arith.mulf %bound_unit, %bound_factor : f64
  %data_error = arith.mulf %four, %noise : f64
  %bound_scaled = arith.addf %bound_relative, %data_error : f64
  %bound = arith.mulf %bound_scaled, %scale : f64

  // What was certified decides, not why the loop ended. Still running means
  // that the budget ended it.
  %certified_distance = arith.subf %bound_scaled, %value_scaled : f64
  %certified_limit = arith.mulf %tolerance, %bound_scaled : f64
  %certified = arith.cmpf ole, %certified_distance, %certified_limit : f64
  %outcome_zero = arith.constant 1.0 : f64
  %outcome_normal = arith.constant 2.0 : f64
  %outcome_stalled = arith.constant 3.0 : f64
  %outcome_budget = arith.constant 4.0 : f64
  %outcome_short = arith.select %final#1, %outcome_budget, %outcome_stalled : f64
  %outcome_loop = arith.select %certified, %zero, %outcome_short : f64
  %outcome_nonzero = arith.select %is_active, %outcome_loop, %outcome_normal : f64
  %outcome = arith.select %is_zero, %outcome_zero, %outcome_nonzero : f64
  %iterations_i64 = arith.index_cast %final#0 : index to i64
  %iterations = arith.sitofp %iterations_i64 : i64 to f64

  %c_gradient = func.call @scaled(%divisor, %final#10) : (f64, !square) -> !square
  %c_units = func.call @scaled(%scale, %c_gradient) : (f64, !square) -> !square
  return %phi, %value, %bound, %tangency, %iterations, %outcome, %c_units
      : !tall, f64, f64, f64, f64, f64, !square
}
