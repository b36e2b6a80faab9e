// RUN: steepest-opt %s --split-input-file --verify-diagnostics

func.func @product_inner(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{expects factors with a common inner extent, got 3 and 2}}
  %0 = matrix.product %a, %a : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @product_outer(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{expects a result of the outer extents, got 'tensor<2x2xf32>'}}
  %0 = matrix.product %a, %a {transpose_lhs} : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @product_element(%a: tensor<?x?xf32>, %s: f64) {
  // expected-error @+1 {{expects operands of element type 'f32', got 'f64'}}
  %0 = matrix.product %a, %a scale(%s : f64) : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return
}

// -----

func.func @product_square(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+1 {{expects a square result for `symmetric` or a shift, got 'tensor<2x4xf32>'}}
  %0 = matrix.product %a, %b {symmetric} : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @transpose(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{expects the transposed type of 'tensor<2x3xf32>', got 'tensor<2x3xf32>'}}
  %0 = matrix.transpose %a : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @eigh(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{expects a square matrix, got 'tensor<2x3xf64>'}}
  %v, %q, %ok = matrix.eigh %a : tensor<2x3xf64> -> tensor<?xf64>, tensor<?x?xf64>
  return
}

// -----

func.func @eigenvalues(%a: tensor<2x3xf64>) {
  // expected-error @+1 {{expects a square matrix, got 'tensor<2x3xf64>'}}
  %v, %ok = matrix.eigenvalues %a : tensor<2x3xf64> -> tensor<?xf64>
  return
}

// -----

func.func @steps_wide_in_part(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a step with all poles wide and wide_product, or none of them, got #matrix.fractions<constant = 0.0, weights = [0.5, 1.0], poles = [0.1, 1.0], wide = 1>}}
  %0:3 = matrix.msign %x {contract = #matrix.rational_steps<[<constant = 0, weights = [0.5, 1.0], poles = [0.1, 1.0], wide = 1>]>} : tensor<?x?xf32>
  return
}

// -----

func.func @steps_lowest(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects 0 <= lowest < 1, got 1.0}}
  %0:3 = matrix.msign %x {contract = #matrix.rational_steps<[<constant = 0, weights = [0.5], poles = [0.1]>], lowest = 1.0>} : tensor<?x?xf32>
  return
}

// -----

func.func @exact_lowest(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects 0 <= lowest < 1, got -1.0}}
  %0:3 = matrix.msign %x {contract = #matrix.exact<lowest = -1.0>} : tensor<?x?xf32>
  return
}

// -----

func.func @msign(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a band, polynomials, fractions, rational steps or exact contract, got "good"}}
  %0:3 = matrix.msign %x {contract = "good"} : tensor<?x?xf32>
  return
}

// -----

// expected-error @+1 {{expects the lowest singular value of a band in (0, 1), got 1.0}}
func.func private @band_lowest() attributes {a = #matrix.band<lowest = 1, error = 0.1>}

// -----

// expected-error @+1 {{expects the error of a band in (0, 1), got nan}}
func.func private @band_error() attributes {a = #matrix.band<lowest = 0.1, error = nan>}

// -----

// expected-error @+1 {{expects as many weights as poles, at least one, got 1 and 2}}
func.func private @fractions_terms() attributes {a = #matrix.fractions<constant = 1, weights = [1.0], poles = [1.0, 2.0]>}

// -----

// expected-error @+1 {{expects a constant >= 0, got -1.0}}
func.func private @fractions_constant() attributes {a = #matrix.fractions<constant = -1, weights = [1.0], poles = [1.0]>}

// -----

// expected-error @+1 {{expects positive weights, got -1.0}}
func.func private @fractions_weights() attributes {a = #matrix.fractions<constant = 1, weights = [-1.0], poles = [1.0]>}

// -----

// expected-error @+1 {{expects positive poles in ascending order, got 1.0}}
func.func private @fractions_poles() attributes {a = #matrix.fractions<constant = 1, weights = [1.0, 1.0], poles = [1.0, 1.0]>}

// -----

// expected-error @+1 {{expects at most 1 wide poles, got 2}}
func.func private @fractions_wide() attributes {a = #matrix.fractions<constant = 1, weights = [1.0], poles = [1.0], wide = 2>}

// -----

// expected-error @+1 {{expects three coefficients for each polynomial step, got 2 in all}}
func.func private @polynomials() attributes {a = #matrix.polynomials<[1.0, 2.0]>}

// -----

// expected-error @+1 {{expects 0 <= rounding < 1, got 1.0}}
func.func private @polynomials() attributes {a = #matrix.polynomials<[1.0, 2.0, 3.0], rounding = 1.0>}

// -----

// expected-error @+1 {{expects 0 <= lowest < 1, got -0.5}}
func.func private @polynomials() attributes {a = #matrix.polynomials<[1.0, 2.0, 3.0], lowest = -0.5>}

// -----

func.func @spectral_power(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a power >= 0, got -1.0}}
  %0:3 = matrix.spectral_power %x, -1.0 : tensor<?x?xf32>
  return
}

// -----

func.func @spectral_power(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a power between 0 and 1 with a contract, got 1.0}}
  %0:3 = matrix.spectral_power %x, 1.0 {contract = #matrix.band<lowest = 0.1, error = 0.1>} : tensor<?x?xf32>
  return
}

// -----

func.func @spectral_power(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a band or fractions as contract, got #matrix.exact}}
  %0:3 = matrix.spectral_power %x, 0.5 {contract = #matrix.exact} : tensor<?x?xf32>
  return
}

// -----

func.func @reduce_element(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a result of element type 'f32', got 'f64'}}
  %0 = matrix.reduce sum %x to scalar : tensor<?x?xf32> -> f64
  return
}

// -----

func.func @reduce_scalar(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a scalar result, got 'tensor<?xf32>'}}
  %0 = matrix.reduce sum %x to scalar : tensor<?x?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @reduce_vector(%x: tensor<?xf32>) {
  // expected-error @+1 {{expects a matrix folded into a vector, got 'tensor<?xf32>' and 'tensor<?xf32>'}}
  %0 = matrix.reduce sum %x to row : tensor<?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @reduce_extent(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects 2 results, got 3}}
  %0 = matrix.reduce sum %x to row : tensor<2x3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @broadcast_shape(%s: f32, %x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects the shape of 'tensor<2x3xf32>', got 'tensor<3x2xf32>'}}
  %0 = matrix.broadcast %s like %x : f32, tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @broadcast_element(%s: f64, %x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects a value of element type 'f32', got 'f64'}}
  %0 = matrix.broadcast %s like %x : f64, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_along(%v: tensor<2xf32>, %x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects `along row` or `along column` with a vector, got none}}
  %0 = matrix.broadcast %v like %x : tensor<2xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_vector(%s: f32, %x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects a vector spread over a matrix, got 'f32' and 'tensor<2x3xf32>'}}
  %0 = matrix.broadcast %s along row like %x : f32, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_extent(%v: tensor<2xf32>, %x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects a vector of 3 values, got 2}}
  %0 = matrix.broadcast %v along column like %x : tensor<2xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @index(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{expects i64 in the shape of 'tensor<2x3xf32>', got 'tensor<2x3xf32>'}}
  %0 = matrix.index row like %x : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @map_access(%x: tensor<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects one access for each of 1 inputs, got 2}}
  %0 = matrix.map(%n, %n) ins(%x : tensor<?x?xf32>) access [0, 0] folds [0] extents [0] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a : f32
  } -> f32
  return
}

// -----

func.func @map_folds(%x: tensor<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects one fold and one extent for each of 1 results, got 1 and 0}}
  %0 = matrix.map(%n, %n) ins(%x : tensor<?x?xf32>) access [0] folds [0] extents [] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a : f32
  } -> f32
  return
}

// -----

func.func @map_arguments(%x: tensor<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects 3 block arguments, got 2}}
  %0 = matrix.map(%n, %n) ins(%x : tensor<?x?xf32>) access [0] folds [0] extents [0] {
  ^bb0(%i: index, %j: index):
    %a = arith.constant 1.0 : f32
    matrix.yield %a : f32
  } -> f32
  return
}

// -----

func.func @map_yields(%x: tensor<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects 1 yielded values, got 2}}
  %0 = matrix.map(%n, %n) ins(%x : tensor<?x?xf32>) access [0] folds [0] extents [0] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a, %a : f32, f32
  } -> f32
  return
}

// -----

func.func @map_types(%x: tensor<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects a yielded 'f64', got 'f32'}}
  %0 = matrix.map(%n, %n) ins(%x : tensor<?x?xf32>) access [0] folds [0] extents [0] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a : f32
  } -> f64
  return
}

// -----

func.func @yield() {
  // expected-error @+1 {{expects parent op 'matrix.map'}}
  matrix.yield
}

// -----

func.func @block_outside(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{expects a block of a grid of 2 x 3, got [0, 3]}}
  %0 = matrix.block %x[0, 3] of [2, 3] : tensor<4x6xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @block_extents(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{expects a block of 'tensor<4x6xf32>' in a grid of 2 x 3, got 'tensor<2x3xf32>'}}
  %0 = matrix.block %x[0, 0] of [2, 3] : tensor<4x6xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @block_element(%x: tensor<4x?xf32>) {
  // expected-error @+1 {{expects a block of 'tensor<4x?xf32>' in a grid of 2 x 3, got 'tensor<2x?xf64>'}}
  %0 = matrix.block %x[0, 0] of [2, 3] : tensor<4x?xf32> -> tensor<2x?xf64>
  return
}

// -----

func.func @assemble_count(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects 1 x 3 blocks, got 2}}
  %0 = matrix.assemble [1, 3] %x, %x like %x : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  return
}

// -----

func.func @assemble_extents(%a: tensor<2x3xf32>, %x: tensor<4x3xf32>) {
  // expected-error @+1 {{expects blocks of 'tensor<4x3xf32>' in a grid of 1 x 1, got 'tensor<2x3xf32>'}}
  %0 = matrix.assemble [1, 1] %a like %x : tensor<2x3xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @rational_not_square(%a: tensor<2x3xf32>) {
  // expected-error@below {{expects a square matrix, got 'tensor<2x3xf32>'}}
  %y, %ok = matrix.rational %a constant(0.0) weights([1.0]) poles([0.0]) : tensor<2x3xf32>
  return
}

// -----

func.func @rational_no_term(%a: tensor<?x?xf32>) {
  // expected-error@below {{expects at least one pole}}
  %y, %ok = matrix.rational %a constant(0.0) weights([]) poles([]) : tensor<?x?xf32>
  return
}

// -----

func.func @rational_terms(%a: tensor<?x?xf32>) {
  // expected-error@below {{expects as many weights as poles, got 2 and 1}}
  %y, %ok = matrix.rational %a constant(0.0) weights([1.0, 2.0]) poles([0.0]) : tensor<?x?xf32>
  return
}

// -----

func.func @rational_finite(%a: tensor<?x?xf32>) {
  // expected-error@below {{expects finite weights and poles, got inf}}
  %y, %ok = matrix.rational %a constant(0.0) weights([0x7FF0000000000000]) poles([0.0]) : tensor<?x?xf32>
  return
}

// -----

func.func @factors(%a: tensor<4x4xf64>) {
  // expected-error@below {{expects f32 for `factors`, got 'f64'}}
  %y = matrix.product %a, %a {factors = bf16} : tensor<4x4xf64>, tensor<4x4xf64> -> tensor<4x4xf64>
  return
}

// -----

func.func @rational_constant(%a: tensor<?x?xf32>) {
  // expected-error@below {{expects a finite constant, got 0x7FF0000000000000 : f64}}
  %y, %ok = matrix.rational %a constant(0x7FF0000000000000) weights([1.0]) poles([1.0]) : tensor<?x?xf32>
  return
}

// -----

func.func @band_gap(%x: tensor<?x?xf32>) {
  // expected-error @+1 {{expects the gap of a band in [0, 1), got 1.0}}
  %0:3 = matrix.msign %x {contract = #matrix.band<lowest = 0.1, error = 0.1, gap = 1.0>} : tensor<?x?xf32>
  return
}
