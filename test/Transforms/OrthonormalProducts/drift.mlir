// RUN: steepest-opt %s --steepest-orthonormal-products | FileCheck %s --check-prefix=EXACT
// RUN: steepest-opt %s --steepest-orthonormal-products=drift=0.01 | FileCheck %s --check-prefix=DRIFT

// A parameter on a manifold is orthonormal within what a step accepts: its step
// measures that and corrects it, so W^T W is no identity unless asked for.
// EXACT: matrix.product %w, %w
// DRIFT-NOT: matrix.product
steepest.optimizer @parameter(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) attributes {
    steepest.directions = [{manifold = #steepest.orthogonal, method = "m",
                            norm = #steepest.spectral, parameter = 0 : i64}]} {
  %r = matrix.product %w, %w {symmetric, transpose_lhs} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %w1 = arith.addf %g, %r : tensor<8x8xf32>
  steepest.update %w = %w1 : tensor<8x8xf32>
}
