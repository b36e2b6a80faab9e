// RUN: steepest-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Signatures of optimizers
//===----------------------------------------------------------------------===//

// expected-error @+1 {{expects pairs of a parameter and its gradient, got 1 argument}}
steepest.optimizer @odd(%w: tensor<?xf32>) {
}

// -----

// expected-error @+1 {{expects pairs of a parameter and its gradient, got 3 arguments}}
steepest.optimizer @three(%w: tensor<?xf32>, %g: tensor<?xf32>, %m: tensor<?xf32>) {
}

// -----

// expected-error @+1 {{expects parameter 'w' to be a vector, matrix or batch of matrices of f32, f64 or bf16, got 'tensor<?xi32>'}}
steepest.optimizer @optimizer_type(%w: tensor<?xi32>, %g: tensor<?xi32>) {
  steepest.update %w = %g : tensor<?xi32>
}

// -----

// expected-error @+1 {{expects gradient 'g' to have the extents of parameter 'w', 'tensor<?x?xf32>', and elements of f32, f64 or bf16, got 'tensor<?xf32>'}}
steepest.optimizer @optimizer_c1(%w: tensor<?x?xf32>, %g: tensor<?xf32>) {
  steepest.update %w = %w : tensor<?x?xf32>
}

// -----

steepest.optimizer @optimizer_c2(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+2 {{expects state 'm' to be a scalar or to have the extents of a parameter, got 'tensor<?xf32>'}}
    // expected-note @+1 {{a matrix or vector by its rows or columns says so: `= zeros like %w by rows`}}
    state(%m: tensor<?xf32> = zeros) {
  steepest.update %w = %g, %m = %m : tensor<?x?xf32>, tensor<?xf32>
}

// -----

// The type of a hyper-parameter is reported before its uses are.
steepest.optimizer @optimizer_c3(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{expects hyper-parameter 'lr' to be f32 or f64, got 'i32'}}
    hyper(%lr: i32 = 1) {
  %0 = steepest.descend %w, %g, %lr : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// expected-error @+1 {{gradient 'g' is never used}}
steepest.optimizer @optimizer_c4_gradient(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  steepest.update %w = %w : tensor<?x?xf32>
}

// -----

steepest.optimizer @optimizer_c4_hyper(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{hyper-parameter 'beta' is never used}}
    hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
  %0 = steepest.descend %w, %g, %lr : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @optimizer_c5_copy(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{expects state 'm' to have the extents of the parameter it copies, got 'f32'}}
    state(%m: f32 = %w) {
  steepest.update %w = %g, %m = %m : tensor<?x?xf32>, f32
}

// -----

steepest.optimizer @optimizer_c5_identity(%w: tensor<?xf32>, %g: tensor<?xf32>)
    // expected-error @+1 {{expects a matrix to start as the identity, got 'tensor<?xf32>'}}
    state(%m: tensor<?xf32> = identity) {
  steepest.update %w = %g, %m = %m : tensor<?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @copy_of_gradient(%w: tensor<?xf32>, %g: tensor<?xf32>)
    // expected-error @+1 {{expects a parameter to copy, got %g}}
    state(%m: tensor<?xf32> = %g) {
}

// -----

// expected-error @+1 {{expects unique names, got "w" twice}}
"steepest.optimizer"() <{argument_names = ["w", "w"], defaults = array<f64>, initials = [], num_parameters = 1 : i64, sym_name = "optimizer_c6"}> ({
^bb0(%w: tensor<?xf32>, %g: tensor<?xf32>):
  steepest.update %w = %g : tensor<?xf32>
}) : () -> ()

// -----

// expected-error @+1 {{expects 2 arguments and names, got 2 and 1}}
"steepest.optimizer"() <{argument_names = ["w"], defaults = array<f64>, initials = [], num_parameters = 1 : i64, sym_name = "names"}> ({
^bb0(%w: tensor<?xf32>, %g: tensor<?xf32>):
  steepest.update %w = %g : tensor<?xf32>
}) : () -> ()

// -----

// expected-error @+1 {{expects steepest.update as the last operation of @no_update, got steepest.scale}}
steepest.optimizer @no_update(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  %0 = steepest.scale %g, %lr : tensor<?xf32>
}

// -----

// expected-error @+1 {{expects steepest.update as the last operation of @nothing, got none}}
steepest.optimizer @nothing(%w: tensor<?xf32>, %g: tensor<?xf32>) {
}

// -----

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

steepest.optimizer @update_c1_gradient(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{expects parameters and states as targets, got 'g'}}
  steepest.update %g = %w : tensor<?xf32>
}

// -----

steepest.optimizer @update_c1_value(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  %0 = arith.negf %g : tensor<?xf32>
  // expected-error @+1 {{expects parameters and states as targets, got a computed value}}
  steepest.update %0 = %w : tensor<?xf32>
}

// -----

steepest.optimizer @update_c2_twice(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%m: tensor<?xf32> = zeros) {
  // expected-error @+1 {{updates 'm' twice}}
  steepest.update %w = %g, %m = %g, %m = %w : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @update_c2_never(%w: tensor<?xf32>, %g: tensor<?xf32>)
    // expected-note @+1 {{declared here; keep it as it is by `%m = %m`}}
    state(%m: tensor<?xf32> = zeros) {
  // expected-error @+1 {{never updates state 'm'}}
  steepest.update %w = %g : tensor<?xf32>
}

// -----

// expected-note @+1 {{declared here; keep it as it is by `%w = %w`}}
steepest.optimizer @update_c2_parameter(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%m: tensor<?xf32> = zeros) {
  // expected-error @+1 {{never updates parameter 'w'}}
  steepest.update %m = %g : tensor<?xf32>
}

// -----

steepest.optimizer @update_c3(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%t: f32 = 0.0) {
  // expected-error @+1 {{expects a value of type 'f32' for 't', got 'tensor<?xf32>'}}
  "steepest.update"(%w, %t, %g, %g) : (tensor<?xf32>, f32, tensor<?xf32>, tensor<?xf32>) -> ()
}

// -----

//===----------------------------------------------------------------------===//
// Directions
//===----------------------------------------------------------------------===//

steepest.optimizer @direction_c1_point(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a point for the manifold #steepest.stiefel, got none}}
  // expected-note @+1 {{say where the weights are: `at %w`}}
  %0 = steepest.direction %g norm(#steepest.spectral) on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c1_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a manifold for the point, got none}}
  // expected-note @+1 {{add `on(#steepest...)`, or drop `at`}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c2_operands(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects no operands of the l1 norm, got 1}}
  %0 = steepest.direction %g norm(#steepest.l1, %w) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c2_type(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%v: f32 = 0.0) {
  %v1 = tensor.splat %v : tensor<4xf32>
  // expected-error @+1 {{expects norm operands of type 'tensor<?xf32>', got 'tensor<4xf32>'}}
  %0 = "steepest.direction"(%g, %v1) <{norm = #steepest.weighted_l2, operandSegmentSizes = array<i32: 1, 0, 0, 1>}> : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
  steepest.update %w = %0, %v = %v : tensor<?xf32>, f32
}

// -----

steepest.optimizer @direction_c2_no_weights(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one operand of the weighted_l2 norm, the weights, got 0}}
  %0 = steepest.direction %g norm(#steepest.weighted_l2) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c2_scaled(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm to scale, got #steepest.stiefel}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.stiefel>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c2_rank(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the spectral norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.spectral) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @direction_c3_rank(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix on the stiefel manifold, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors live on the sphere}}
  %0 = steepest.direction %g at %w norm(#steepest.l2) on(#steepest.stiefel) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @direction_c3_square(%w: tensor<4x3xf32>, %g: tensor<4x3xf32>) {
  // expected-error @+2 {{expects a square matrix on the orthogonal manifold, got 4x3}}
  // expected-note @+1 {{rectangular matrices with orthonormal columns or rows are #steepest.stiefel}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.orthogonal) : tensor<4x3xf32>
  steepest.update %w = %0 : tensor<4x3xf32>
}

// -----

steepest.optimizer @direction_c4_accuracy(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects #steepest.gap, #steepest.band or #steepest.exact as accuracy, got 1.000000e-01 : f64}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(0.1) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c4_method(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a name, #steepest.method or #steepest.polynomial as method, got 5 : i64}}
  %0 = steepest.direction %g norm(#steepest.spectral) method(5) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c4_both(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects either polynomial steps or an accuracy, got both}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact) method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @not_a_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm, got #steepest.stiefel}}
  %0 = steepest.direction %g norm(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @not_a_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a manifold, got #steepest.spectral}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.spectral) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Numbers of norms, manifolds and contracts
//===----------------------------------------------------------------------===//

steepest.optimizer @lp_0_5(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects p >= 1 for the lp norm, got 0.5}}
  // expected-note @+1 {{for p < 1 the unit ball is not convex: it is no norm}}
  %0 = steepest.direction %g norm(#steepest.lp<0.5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @lp_0_0(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects p >= 1 for the lp norm, got 0.0}}
  %0 = steepest.direction %g norm(#steepest.lp<0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @lp_nan(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects p >= 1 for the lp norm, got nan}}
  %0 = steepest.direction %g norm(#steepest.lp<nan>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @schatten_negative(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects p >= 1 for the schatten norm, got -inf}}
  %0 = steepest.direction %g norm(#steepest.schatten<-inf>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @lp_text(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a number}}
  // expected-note @+1 {{written as in #steepest.lp<3.0>}}
  %0 = steepest.direction %g norm(#steepest.lp<two>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @spectral_parameter(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects no parameters of 'spectral', got <5>}}
  %0 = steepest.direction %g norm(#steepest.spectral<5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @nested_parameter(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects no parameters of 'spectral', got <3>}}
  %0 = steepest.direction %g
      norm(#steepest.scaled<norm = #steepest.spectral<3>, radius = 2.0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @manifold_parameter(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects no parameters of 'stiefel', got <tall>}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel<tall>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// expected-error @+2 {{expects `zeros`, `identity`, a number or a parameter that state 'm' starts from, got 'zeroes'}}
// expected-note @+1 {{did you mean 'zeros'?}}
steepest.optimizer @initial_word(%w: tensor<?xf32>, %g: tensor<?xf32>) state(%m: tensor<?xf32> = zeroes) {
  steepest.update %w = %g : tensor<?xf32>
}

// -----

steepest.optimizer @lp_named(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a number}}
  // expected-note @+1 {{written as in #steepest.lp<3.0>}}
  %0 = steepest.direction %g norm(#steepest.lp<p = 3>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// An unsigned number would be 4294967295.
steepest.optimizer @ky_fan_negative(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a whole number from 0 to 4294967295, got -1}}
  // expected-note @+1 {{written as in #steepest.ky_fan<2>}}
  %0 = steepest.direction %g norm(#steepest.ky_fan<-1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @ky_fan_text(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a whole number}}
  // expected-note @+1 {{written as in #steepest.ky_fan<2>}}
  %0 = steepest.direction %g norm(#steepest.ky_fan<two>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @gap_below_rounding(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a gap of at least the rounding of 'f32', 1.1920928955078125e-07, got 1.0e-12}}
  // expected-note @+1 {{no direction in 'f32' attains more; #steepest.exact asks for all there is}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<1.0e-12>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @band_below_rounding(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an error of at least the rounding of 'f32', 1.1920928955078125e-07, got 1.0e-12}}
  // expected-note @+1 {{no direction in 'f32' attains more; #steepest.exact asks for all there is}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 1.0e-2, error = 1.0e-12>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @scaled_radius(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite radius > 0, got 0.0}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.l1, radius = 0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @scaled_exponent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects finite exponents of the sizes, got inf}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.l1, rows = inf>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @sphere_radius(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite radius > 0 of the sphere, got -1.0}}
  %0 = steepest.direction %g at %w norm(#steepest.l2) on(#steepest.sphere<radius = -1.0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @sphere_infinite(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite radius > 0 of the sphere, got inf}}
  %0 = steepest.direction %g at %w norm(#steepest.l2) on(#steepest.sphere<radius = inf>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @gap_large(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a gap in (0, 1), got 1.5}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<1.5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @gap_nan(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a gap in (0, 1), got nan}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<nan>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @band_lowest(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects the lowest singular value of a band in (0, 1), got 2.0}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 2, error = 0.1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @band_error(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects the error of a band in (0, 1), got 0.0}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.1, error = 0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Names that nobody knows
//===----------------------------------------------------------------------===//

steepest.optimizer @unknown_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+4 {{expects an attribute of the steepest dialect, got 'spektral'}}
  // expected-note @+3 {{did you mean 'spectral'?}}
  // expected-note @+2 {{norms: l1, l2, lp, linf, frobenius, rms, spectral, rms_to_rms, nuclear, schatten, columns, rows, weighted_l2, scaled}}
  // expected-note @+1 {{manifolds: sphere, oblique_columns, oblique_rows, orthogonal, stiefel}}
  %0 = steepest.direction %g norm(#steepest.spektral) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @unknown_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+4 {{expects an attribute of the steepest dialect, got 'stifel'}}
  // expected-note @+3 {{did you mean 'stiefel'?}}
  // expected-note @+2 {{norms: l1, l2, lp, linf, frobenius, rms, spectral, rms_to_rms, nuclear, schatten, columns, rows, weighted_l2, scaled}}
  // expected-note @+1 {{manifolds: sphere, oblique_columns, oblique_rows, orthogonal, stiefel}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stifel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// Of contracts, too; a name that is near none is not guessed at.
steepest.optimizer @unknown_contract(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+4 {{expects an attribute of the steepest dialect, got 'exakt'}}
  // expected-note @+3 {{did you mean 'exact'?}}
  // expected-note @+2 {{norms: l1,}}
  // expected-note @+1 {{manifolds: sphere,}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exakt) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @far_from_all(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{expects an attribute of the steepest dialect, got 'cautious'}}
  // expected-note @+2 {{norms: l1,}}
  // expected-note @+1 {{manifolds: sphere,}}
  %0 = steepest.direction %g norm(#steepest.cautious) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Clauses and numbers, misspelt or left out
//===----------------------------------------------------------------------===//

steepest.optimizer @retract_nowhere(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+3 {{'steepest.retract' expects the clause `on`, got ':'}}
  // expected-note @+2 {{a straight step, without a manifold, is `steepest.descend`}}
  // expected-note @+1 {{clauses, in order: on, by}}
  %0 = steepest.retract %w, %g, %lr : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @descend_along(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+2 {{'steepest.descend' expects no clause, got 'on'}}
  // expected-note @+1 {{a step along a manifold is `steepest.retract`}}
  %0 = steepest.descend %w, %g, %lr on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_clause(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{'steepest.direction' expects a clause, got 'acuracy'}}
  // expected-note @+2 {{did you mean 'accuracy'?}}
  // expected-note @+1 {{clauses, in order: at, from, norm, on, penalty, accuracy, method}}
  %0 = steepest.direction %g norm(#steepest.spectral) acuracy(#steepest.exact) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{'steepest.direction' expects a clause, got 'nrom'}}
  // expected-note @+2 {{did you mean 'norm'?}}
  // expected-note @+1 {{clauses, in order: at, from, norm, on, penalty, accuracy, method}}
  %0 = steepest.direction %g nrom(#steepest.spectral) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// A word that is near none is not guessed at.
steepest.optimizer @clause_near_none(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{'steepest.direction' expects a clause, got 'contract'}}
  // expected-note @+1 {{clauses, in order: at, from, norm, on, penalty, accuracy, method}}
  %0 = steepest.direction %g norm(#steepest.spectral) contract(#steepest.exact) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @clauses_out_of_order(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{'steepest.direction' expects each clause once and in order, got 'at'}}
  // expected-note @+1 {{clauses, in order: at, from, norm, on, penalty, accuracy, method}}
  %0 = steepest.direction %g norm(#steepest.spectral) at %w on(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{'steepest.direction' expects the clause `norm`, got ':'}}
  // expected-note @+1 {{clauses, in order: at, from, norm, on, penalty, accuracy, method}}
  %0 = steepest.direction %g : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_norms(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{'steepest.directions' expects a clause, got 'norm'}}
  // expected-note @+2 {{did you mean 'norms'?}}
  // expected-note @+1 {{clauses, in order: over, at, norms, on, scales, penalty, accuracy}}
  %0 = steepest.directions over max (%g) norm([#steepest.spectral]) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_scales(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{'steepest.directions' expects a clause, got 'scale'}}
  // expected-note @+2 {{did you mean 'scales'?}}
  // expected-note @+1 {{clauses, in order: over,}}
  %0 = steepest.directions over max (%g) norms([#steepest.spectral]) scale([1.0]) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @nearest_to(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{'steepest.nearest' expects a clause, got 'onto'}}
  // expected-note @+1 {{clauses, in order: on}}
  %0 = steepest.nearest %w onto(#steepest.stiefel) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_ridge(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+3 {{'steepest.power' expects a clause, got 'rigde'}}
  // expected-note @+2 {{did you mean 'ridge'?}}
  // expected-note @+1 {{clauses, in order: ridge, error}}
  %0 = steepest.power %g, -0.25 rigde(0.1) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt_by(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+2 {{'steepest.retract' expects a clause, got 'via'}}
  // expected-note @+1 {{clauses, in order: on, by}}
  %0 = steepest.retract %w, %g, %lr on(#steepest.stiefel) via("polar") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// expected-error @+3 {{'steepest.optimizer' expects a clause, got 'hypers'}}
// expected-note @+2 {{did you mean 'hyper'?}}
// expected-note @+1 {{clauses, in order: state, hyper}}
steepest.optimizer @misspelt_hyper(%w: tensor<?xf32>, %g: tensor<?xf32>) hypers(%lr: f32 = 0.1) {
  steepest.update %w = %g : tensor<?xf32>
}

// -----

steepest.optimizer @update_of_what(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{'steepest.update' expects the new value of %g after a parameter or state, as in `%w = %w1`}}
  steepest.update %g : tensor<?xf32>
}

// -----

steepest.optimizer @pointless_gap(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a point in a number with an exponent, 1.0e-12, got 1e-12}}
  %0 = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<1e-12>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @pointless_parameter(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a point in a number with an exponent, 2.0E+3, got 2E+3}}
  %0 = steepest.direction %g norm(#steepest.scaled<norm = #steepest.l2, radius = 2E+3>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @pointless_exponent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a point in a number with an exponent, -1.0e-1, got -1e-1}}
  %0 = steepest.power %g, -1e-1 : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @pointless_ridge(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a point in a number with an exponent, 1.0e-6, got 1e-6}}
  %0 = steepest.power %g, -0.25 ridge(1e-6) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// expected-error @+1 {{expects a point in a number with an exponent, 1.0e-3, got 1e-3}}
steepest.optimizer @pointless_default(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 1e-3) {
  steepest.update %w = %g : tensor<?xf32>
}

// -----

steepest.optimizer @unknown_dialect(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{created with unregistered dialect}}
  %0 = steepest.direction %g norm(#acme.foo) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @misspelt(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%beta: f32 = 0.9) {
  // expected-error @+1 {{use of undeclared SSA value name}}
  %0 = steepest.scale %g, %betta : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

//===----------------------------------------------------------------------===//
// Retractions
//===----------------------------------------------------------------------===//

steepest.optimizer @retract_c1_member(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+1 {{expects a manifold, got #steepest.l1}}
  %0 = steepest.retract %w, %g, %lr on(#steepest.l1) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @retract_c1(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+2 {{expects a matrix on the oblique_rows manifold, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors live on the sphere}}
  %0 = steepest.retract %w, %g, %lr on(#steepest.oblique_rows) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @retract_c2(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.1) {
  // expected-error @+2 {{expects a retraction of #steepest.stiefel, got "quintic"}}
  // expected-note @+1 {{known: cubic, polar}}
  %0 = steepest.retract %w, %g, %lr on(#steepest.stiefel) by("quintic") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// expected-error@+2 {{expects a parameter to take the extents of, got %g}}
steepest.optimizer @optimizer_like(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%m: tensor<?xf32> = zeros like %g) {
  steepest.update %w = %w, %m = %m : tensor<?xf32>, tensor<?xf32>
}

// -----

// expected-error@+2 {{expects state 'm' to have the extents of the parameter it is like, got 'tensor<4xf64>'}}
steepest.optimizer @optimizer_c5_like(%w: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<4xf64>, %h: tensor<4xf64>)
    state(%m: tensor<4xf64> = zeros like %w) {
  steepest.update %w = %w, %v = %v, %m = %m : tensor<?xf32>, tensor<4xf64>, tensor<4xf64>
}

// -----

// Arithmetic on bf16 is spelled out.
steepest.optimizer @bf16_direction(%w: tensor<?xbf16>, %g: tensor<?xbf16>) {
  // expected-error@+1 {{operand #0 must be vector, matrix or batch of matrices of f32 or f64, but got 'tensor<?xbf16>'}}
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?xbf16>
  steepest.update %w = %phi : tensor<?xbf16>
}

// -----

// expected-error@+1 {{expects 0 <= rounding < 1, got 1.5}}
func.func private @rounding() attributes {a = #steepest.polynomial<"muon", steps = 5, rounding = 1.5>}

// -----

steepest.optimizer @columns_radius(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite radius > 0 of the oblique_columns manifold, got 0.0}}
  %0 = steepest.direction %g at %w norm(#steepest.columns) on(#steepest.oblique_columns<radius = 0.0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @gram_diagonal_wide(%w: tensor<2x3xf32>, %g: tensor<2x3xf32>) {
  // expected-error @+2 {{expects at least as many rows as columns on the gram_diagonal manifold, got 2x3}}
  // expected-note @+1 {{more than 2 columns of that length cannot be orthogonal}}
  %0 = steepest.direction %g at %w norm(#steepest.frobenius) on(#steepest.gram_diagonal) : tensor<2x3xf32>
  steepest.update %w = %0 : tensor<2x3xf32>
}

// -----

steepest.optimizer @infinite_trace(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite trace, got inf}}
  %0 = steepest.direction %g at %w norm(#steepest.frobenius) on(#steepest.fixed_trace<trace = inf>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
