// RUN: steepest-opt %s --steepest-specialize=shapes=4x8,8x8 --canonicalize | FileCheck %s
// RUN: not steepest-opt %s --steepest-specialize=shapes=4by8 2>&1 | FileCheck %s --check-prefix=SHAPE

// SHAPE: error: expects a shape to specialize for, as 768x3072, got '4by8'

// The general one stays; beside it extents are known everywhere, and what
// depends on them alone is decided.
// CHECK-LABEL: steepest.optimizer @f(
// CHECK: scf.if
// CHECK-LABEL: steepest.optimizer @f__8x8(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>)
// CHECK-SAME: steepest.version_of = "f"
// CHECK-NOT: scf.if
// CHECK: matrix.product %g, %g {symmetric, transpose_lhs} : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
// CHECK-LABEL: steepest.optimizer @f__4x8(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>)
// CHECK-SAME: state(%m: tensor<8x8xf64> = zeros like %w by columns)
// CHECK-NOT: scf.if
// CHECK: matrix.product %g, %g {symmetric, transpose_rhs} : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
steepest.optimizer @f(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%m: tensor<?x?xf64> = zeros like %w by columns) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  %tall = arith.cmpi sge, %rows, %cols : index
  %y = scf.if %tall -> (tensor<?x?xf32>) {
    %r = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %x = matrix.product %g, %r : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %x : tensor<?x?xf32>
  } else {
    %r = matrix.product %g, %g {symmetric, transpose_rhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %x = matrix.product %r, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %x : tensor<?x?xf32>
  }
  steepest.update %w = %y, %m = %m : tensor<?x?xf32>, tensor<?x?xf64>
}
