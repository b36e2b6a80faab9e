// RUN: steepest-opt %s --split-input-file --verify-diagnostics

// Directions of several parameters, points, matrix functions, states by rows
// and columns, and multipliers.

steepest.optimizer @layers_c1_norms(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>,
                                    %b: tensor<?x?xf32>, %h: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one norm for each of the 2 inputs, got 1}}
  %0:2 = steepest.directions over max (%g, %h) norms([#steepest.spectral]) : tensor<?x?xf32>, tensor<?x?xf32>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c1_scales(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one scale for each of the 1 inputs, got 2}}
  %0 = steepest.directions over l2 (%g) norms([#steepest.spectral]) scales([1.0, 2.0]) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c1_scale(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects finite scales > 0, got 0.000000e+00 : f64}}
  %0 = steepest.directions over l2 (%g) norms([#steepest.spectral]) scales([0.0]) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c2_points(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects points and manifolds together, got points alone}}
  %0 = steepest.directions over l2 (%g) at(%a) norms([#steepest.spectral]) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c2_counts(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one point and one manifold for each of the 1 inputs, got 1 and 2}}
  %0 = steepest.directions over l2 (%g) at(%a) norms([#steepest.spectral]) on([#steepest.stiefel, unit]) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c3_norm(%a: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the spectral norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by}}
  %0 = steepest.directions over l2 (%g) norms([#steepest.spectral]) : tensor<?xf32>
  steepest.update %a = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @layers_c3_manifold(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a manifold, got #steepest.spectral}}
  %0 = steepest.directions over l2 (%g) at(%a) norms([#steepest.spectral]) on([#steepest.spectral]) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_accuracy(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects #steepest.gap, #steepest.band or #steepest.exact as accuracy, got 3 : i64}}
  %0 = steepest.directions over l2 (%g) norms([#steepest.spectral]) accuracy(3) : tensor<?x?xf32>
  steepest.update %a = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c4(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects at least one input, got none}}
  "steepest.directions"() <{norms = [], over = #steepest<over max>, operandSegmentSizes = array<i32: 0, 0>}> : () -> ()
  steepest.update %a = %g : tensor<?x?xf32>
}

// -----

steepest.optimizer @nearest_c1(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a manifold, got #steepest.spectral}}
  %0 = steepest.nearest %g on(#steepest.spectral) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @power_c1_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{expects a square matrix, got 'tensor<?xf32>'}}
  %0 = steepest.power %g, -0.25 : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @power_c1_rectangular(%w: tensor<3x4xf32>, %g: tensor<3x4xf32>) {
  // expected-error @+1 {{expects a square matrix, got 'tensor<3x4xf32>'}}
  %0 = steepest.power %g, -0.25 : tensor<3x4xf32>
  steepest.update %w = %0 : tensor<3x4xf32>
}

// -----

steepest.optimizer @power_c2_exponent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite exponent, got 0x7FF0000000000000 : f64}}
  %0 = steepest.power %g, 0x7FF0000000000000 : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @power_c2_ridge(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects 0 <= ridge < 1, got 1.000000e+00 : f64}}
  %0 = steepest.power %g, 0.5 ridge(1.0) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @power_c2_inverse(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects ridge > 0 for the negative exponent -5.000000e-01 : f64, got 0}}
  // expected-note @+1 {{eigenvalues that are zero have no inverse}}
  %0 = steepest.power %g, -0.5 ridge(0.0) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @power_c3_error(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects 0 < error < 1, got 0.000000e+00 : f64}}
  %0 = steepest.power %g, -0.5 error(0.0) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @power_c3_exponent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects an exponent in [-1/2, 0) with an error, got -1.000000e+00 : f64}}
  %0 = steepest.power %g, -1.0 error(0.01) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @eigenbasis_c1(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{expects a square matrix, got 'tensor<?xf32>'}}
  %0 = steepest.eigenbasis %g : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @state_of_vector(%w: tensor<?xf32>, %g: tensor<?xf32>)
    // expected-error @+1 {{expects state 'l' to be a vector or a square matrix by the rows of a matrix, got 'tensor<?x?xf32>'}}
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  steepest.update %w = %g, %l = %l : tensor<?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @state_extent(%w: tensor<4x?xf32>, %g: tensor<4x?xf32>)
    // expected-error @+1 {{expects state 'l' to be a vector or a square matrix by the columns of a matrix, got 'tensor<4x4xf32>'}}
    state(%l: tensor<4x4xf32> = zeros like %w by columns) {
  steepest.update %w = %g, %l = %l : tensor<4x?xf32>, tensor<4x4xf32>
}

// -----

steepest.optimizer @state_identity(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{expects a matrix to start as the identity, got 'tensor<?xf32>'}}
    state(%l: tensor<?xf32> = identity like %w by rows) {
  steepest.update %w = %g, %l = %l : tensor<?x?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @state_by_what(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{expects `rows` or `columns`, got heads}}
    state(%l: tensor<?x?xf32> = zeros like %w by heads) {
  steepest.update %w = %g, %l = %l : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c5_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%nu: tensor<?x?xf32> = zeros) {
  // expected-error @+2 {{expects a manifold for `from`, got none}}
  // expected-note @+1 {{without a manifold there is no multiplier to keep}}
  %phi, %nu1 = steepest.direction %g from %nu norm(#steepest.spectral) : tensor<?x?xf32>
  steepest.update %w = %phi, %nu = %nu1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @direction_c5_result(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%nu: tensor<?x?xf32> = zeros) {
  // expected-error @+1 {{expects `from` and a second result together, got `from` alone}}
  %phi = "steepest.direction"(%g, %w, %nu) <{norm = #steepest.spectral, manifold = #steepest.stiefel, operandSegmentSizes = array<i32: 1, 1, 1, 0>}> : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  steepest.update %w = %phi, %nu = %nu : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @apply_c1_vector(%w: tensor<3x4xf32>, %g: tensor<3x4xf32>) state(%v: tensor<3xf32> = 1.0 like %w by rows) {
  // expected-error @+1 {{expects a vector of 4 entries, got 'tensor<3xf32>'}}
  %u = steepest.apply %w, %v : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
  steepest.update %w = %g, %v = %u : tensor<3x4xf32>, tensor<3xf32>
}

// -----

steepest.optimizer @apply_c1_result(%w: tensor<3x4xf32>, %g: tensor<3x4xf32>) state(%v: tensor<3xf32> = 1.0 like %w by rows) {
  // expected-error @+1 {{expects a result of 4 entries, got 'tensor<3xf32>'}}
  %u = steepest.apply %w, %v {transpose} : tensor<3x4xf32>, tensor<3xf32> -> tensor<3xf32>
  steepest.update %w = %g, %v = %u : tensor<3x4xf32>, tensor<3xf32>
}

// -----

steepest.optimizer @apply_c2(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%v: tensor<?xf64> = 1.0 like %w by columns) {
  // expected-error @+1 {{expects vectors of element type 'f32', got 'tensor<?xf64>'}}
  %u = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf64> -> tensor<?xf64>
  steepest.update %w = %g, %v = %v : tensor<?x?xf32>, tensor<?xf64>
}

// -----

steepest.optimizer @optimizer_c7(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%due: f32 = 1.0) {
  %one = arith.constant 1.0 : f32
  %now = arith.cmpf oge, %due, %one : f32
  %0 = scf.if %now -> (tensor<?x?xf32>) {
    // expected-error @+2 {{expects to stand in the body of the optimizer, got one inside of 'scf.if'}}
    // expected-note @+1 {{every direction has a certificate in every step; choose among results by arith.select}}
    %d = steepest.direction %g norm(#steepest.spectral) : tensor<?x?xf32>
    scf.yield %d : tensor<?x?xf32>
  } else {
    scf.yield %g : tensor<?x?xf32>
  }
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @state_like_nothing(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    // expected-error @+1 {{expects the parameter whose rows or columns state 'l' has, as in `= zeros like %w by rows`}}
    state(%l: tensor<?x?xf32> = identity by rows) {
  steepest.update %w = %g, %l = %l : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @layers_c3_types(%a: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects result 0 to have the type 'tensor<?x?xf32>' of its input, got 'tensor<4x4xf32>'}}
  %0 = "steepest.directions"(%g) <{norms = [#steepest.spectral], operandSegmentSizes = array<i32: 1, 0>, over = #steepest<over l2>}> : (tensor<?x?xf32>) -> tensor<4x4xf32>
  steepest.update %a = %g : tensor<?x?xf32>
}
