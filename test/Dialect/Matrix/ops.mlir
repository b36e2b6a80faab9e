// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s
// RUN: steepest-opt %s --emit-bytecode | steepest-opt | FileCheck %s

// CHECK-LABEL: @product
func.func @product(%x: tensor<?x4xf32>, %d: tensor<4x4xf32>, %a: f32) {
  // CHECK: matrix.product %{{.*}}, %{{.*}} {symmetric, transpose_lhs} : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<4x4xf32>
  %0 = matrix.product %x, %x {transpose_lhs, symmetric} : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<4x4xf32>
  // CHECK: matrix.product %{{.*}}, %{{.*}} scale(%{{.*}} : f32) plus(%{{.*}}, %{{.*}} : f32, tensor<4x4xf32>) shift(%{{.*}} : f32) : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %1 = matrix.product %0, %0 scale(%a : f32) plus(%a, %d : f32, tensor<4x4xf32>) shift(%a : f32) : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  // CHECK: matrix.product %{{.*}}, %{{.*}} {transpose_rhs} : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x?xf32>
  %2 = matrix.product %x, %x {transpose_rhs} : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: @transpose
func.func @transpose(%x: tensor<2x?xi64>) {
  // CHECK: matrix.transpose %{{.*}} : tensor<2x?xi64> -> tensor<?x2xi64>
  %0 = matrix.transpose %x : tensor<2x?xi64> -> tensor<?x2xi64>
  return
}

// CHECK-LABEL: @spectral
func.func @spectral(%a: tensor<?x?xf64>, %x: tensor<?x?xf32>) {
  // CHECK: matrix.eigh %{{.*}} : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
  %values, %vectors, %converged = matrix.eigh %a : tensor<?x?xf64> -> tensor<?xf64>, tensor<?x?xf64>
  // CHECK: matrix.eigenvalues %{{.*}} : tensor<?x?xf64> -> tensor<?xf64>
  %v, %ok = matrix.eigenvalues %a : tensor<?x?xf64> -> tensor<?xf64>
  // CHECK: matrix.rational %{{.*}} constant(1.000000e+00) weights([5.000000e-01, 2.000000e+00]) poles([1.000000e-01, 3.000000e+00]) : tensor<?x?xf64>
  %r, %defined = matrix.rational %a constant(1.0) weights([0.5, 2.0]) poles([0.1, 3.0]) : tensor<?x?xf64>
  // CHECK: matrix.spectral_power %{{.*}}, 5.000000e-01 : tensor<?x?xf64>
  %0:3 = matrix.spectral_power %a, 0.5 : tensor<?x?xf64>
  // CHECK: matrix.leading %{{.*}} : tensor<?x?xf32>
  %1 = matrix.leading %x : tensor<?x?xf32>
  // CHECK: matrix.singular_values %{{.*}} : tensor<?x?xf32> -> tensor<?xf64>
  %2 = matrix.singular_values %x : tensor<?x?xf32> -> tensor<?xf64>
  return
}

// CHECK-LABEL: @msign
func.func @msign(%x: tensor<?x?xf32>) {
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.band<lowest = 0.001, error = 0.01>} : tensor<?x?xf32>
  %0:3 = matrix.msign %x {contract = #matrix.band<lowest = 1.0e-3, error = 1.0e-2>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.polynomials<[1.5, -0.5, 0.0]>} : tensor<?x?xf32>
  %1:3 = matrix.msign %x {contract = #matrix.polynomials<[1.5, -0.5, 0.0]>} : tensor<?x?xf32>
  // All digits are kept, and what is said of the steps.
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.polynomials<[3.3333333333333335, 0.0, 0.1], rounding = 0.2, lowest = 1.0e-05, schatten4 = true>} : tensor<?x?xf32>
  %p1:3 = matrix.msign %x {contract = #matrix.polynomials<[3.3333333333333335, 0, 0.1], rounding = 0.2, lowest = 1.0e-5, schatten4 = true>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.polynomials<[1.5, -0.5, 0.0], schatten4 = true>} : tensor<?x?xf32>
  %p2:3 = matrix.msign %x {contract = #matrix.polynomials<[1.5, -0.5, 0.0], schatten4 = true>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<constant = 0.5, weights = [2.0], poles = [0.1]>} : tensor<?x?xf32>
  %f0:3 = matrix.msign %x {contract = #matrix.fractions<constant = 0.5, weights = [2.0], poles = [0.1]>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.fractions<constant = 0.0, weights = [2.0, 3.0], poles = [0.1, 1.0], wide = 2, wide_product = true>} : tensor<?x?xf32>
  %f1:3 = matrix.msign %x {contract = #matrix.fractions<constant = 0, weights = [2.0, 3.0], poles = [0.1, 1.0], wide = 2, wide_product = true>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.rational_steps<[<constant = 0.0, weights = [0.2], poles = [0.01], wide = 1, wide_product = true>, <constant = 0.5, weights = [2.0], poles = [0.1]>], lowest = 1.0e-05>} : tensor<?x?xf32>
  %f2:3 = matrix.msign %x {contract = #matrix.rational_steps<[
      <constant = 0, weights = [0.2], poles = [0.01], wide = 1, wide_product = true>,
      <constant = 0.5, weights = [2.0], poles = [0.1]>], lowest = 1.0e-5>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.exact<lowest = 1.0e-12>} : tensor<?x?xf32>
  %e0:3 = matrix.msign %x {contract = #matrix.exact<lowest = 1.0e-12>} : tensor<?x?xf32>
  // CHECK: matrix.msign %{{.*}} {contract = #matrix.exact} : tensor<?x?xf32>
  %2:3 = matrix.msign %x {contract = #matrix.exact} : tensor<?x?xf32>
  return
}

// CHECK-LABEL: @reduce
func.func @reduce(%x: tensor<3x?xf64>, %v: tensor<?xf32>) {
  // CHECK: matrix.reduce sum %{{[a-z0-9]+}} to scalar : tensor<3x?xf64> -> f64
  %0 = matrix.reduce sum %x to scalar : tensor<3x?xf64> -> f64
  // CHECK: matrix.reduce maximum %{{[a-z0-9]+}} to row : tensor<3x?xf64> -> tensor<3xf64>
  %1 = matrix.reduce maximum %x to row : tensor<3x?xf64> -> tensor<3xf64>
  // CHECK: matrix.reduce minimum %{{[a-z0-9]+}} to column : tensor<3x?xf64> -> tensor<?xf64>
  %2 = matrix.reduce minimum %x to column : tensor<3x?xf64> -> tensor<?xf64>
  // CHECK: matrix.reduce sum %{{[a-z0-9]+}} to scalar : tensor<?xf32> -> f32
  %3 = matrix.reduce sum %v to scalar : tensor<?xf32> -> f32
  return
}

// CHECK-LABEL: @spread
func.func @spread(%s: f32, %v: tensor<?xf32>, %x: tensor<?x?xf32>) {
  // CHECK: matrix.broadcast %{{[a-z0-9]+}} like %{{[a-z0-9]+}} : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %0 = matrix.broadcast %s like %x : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK: matrix.broadcast %{{[a-z0-9]+}} along row like %{{[a-z0-9]+}} : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %1 = matrix.broadcast %v along row like %x : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK: matrix.broadcast %{{[a-z0-9]+}} along column like %{{[a-z0-9]+}} :
  %2 = matrix.broadcast %v along column like %x : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // CHECK: matrix.index row like %{{[a-z0-9]+}} : tensor<?x?xf32> -> tensor<?x?xi64>
  %3 = matrix.index row like %x : tensor<?x?xf32> -> tensor<?x?xi64>
  // CHECK: matrix.index column like
  %4 = matrix.index column like %x : tensor<?x?xf32> -> tensor<?x?xi64>
  // CHECK: matrix.index linear like
  %5 = matrix.index linear like %x : tensor<?x?xf32> -> tensor<?x?xi64>
  return
}

// CHECK-LABEL: @map
func.func @map(%m: tensor<?x?xf32>, %v: tensor<?xf32>, %rows: index, %cols: index) {
  // CHECK: matrix.map(%{{.*}}, %{{.*}}) ins(%{{.*}}, %{{.*}} : tensor<?x?xf32>, tensor<?xf32>) access [0, 1] folds [-1, 0] extents [0, 0] {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: f32, %{{.*}}: f32):
  %0, %1 = matrix.map(%rows, %cols) ins(%m, %v : tensor<?x?xf32>, tensor<?xf32>)
      access [0, 1] folds [-1, 0] extents [0, 0] {
  ^bb0(%i: index, %j: index, %a: f32, %b: f32):
    %sum = arith.addf %a, %b : f32
    // CHECK: matrix.yield %{{.*}}, %{{.*}} : f32, f32
    matrix.yield %sum, %b : f32, f32
  // CHECK-NEXT: } -> tensor<?x?xf32>, f32
  } -> tensor<?x?xf32>, f32
  return
}

// CHECK-LABEL: @certificate
func.func @certificate(%ok: i1, %x: f64) {
  // CHECK: matrix.require %{{.*}}, 1
  matrix.require %ok, 1
  // CHECK: matrix.certify 0 value(%[[X:.*]]) bound(%[[X]]) tangency(%[[X]]) distance(%[[X]]) iterations(%[[X]]) outcome(%[[X]])
  matrix.certify 0 value(%x) bound(%x) tangency(%x) distance(%x) iterations(%x) outcome(%x)
  return
}

// CHECK-LABEL: @blocks
func.func @blocks(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
  // CHECK: matrix.block %{{.*}}[0, 1] of[2, 3] : tensor<4x?xf32> -> tensor<2x?xf32>
  %0 = matrix.block %x[0, 1] of[2, 3] : tensor<4x?xf32> -> tensor<2x?xf32>
  // CHECK: matrix.assemble[2, 1] %{{.*}}, %{{.*}} like %{{.*}} : tensor<2x?xf32>, tensor<2x?xf32> -> tensor<4x?xf32>
  %1 = matrix.assemble [2, 1] %0, %0 like %x : tensor<2x?xf32>, tensor<2x?xf32> -> tensor<4x?xf32>
  return %1 : tensor<4x?xf32>
}
