// RUN: steepest-opt %s --steepest-orthonormal-products --canonicalize | FileCheck %s
// RUN: steepest-opt %s --steepest-orthonormal-products --remarks-filter=steepest-orthonormal-products --verify-diagnostics -o /dev/null

// CHECK-LABEL: @cancel
steepest.optimizer @cancel(%w: tensor<8x8xf64>, %g: tensor<8x8xf64>) {
  %v, %q, %ok = matrix.eigh %g : tensor<8x8xf64> -> tensor<8xf64>, tensor<8x8xf64>
  // Q^T (Q W) = W, from the left and from the right, and through transposes.
  %a = matrix.product %q, %w : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // expected-remark @+1 {{[Passed] OrthonormalProduct | Category:steepest-orthonormal-products | Function=cancel | Remark="Q^T (Q B) = B", extents="8 x 8 x 8"}}
  %b = matrix.product %q, %a {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  %c = matrix.product %w, %q {transpose_rhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // expected-remark @+1 {{Q^T (Q B) = B}}
  %d = matrix.product %c, %q : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // (Q W)^T Q = W^T.
  // expected-remark @+1 {{Q^T (Q B) = B}}
  %e = matrix.product %a, %q {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // CHECK: %[[WT:.*]] = matrix.transpose %w
  // CHECK: %[[BD:.*]] = arith.addf %w, %w
  // CHECK: arith.addf %[[BD]], %[[WT]]
  %bd = arith.addf %b, %d : tensor<8x8xf64>
  %bde = arith.addf %bd, %e : tensor<8x8xf64>
  // Q^T Q = I.
  // expected-remark @+1 {{Q^T Q = I}}
  %i = matrix.product %q, %q {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  // CHECK: arith.cmpi eq
  // CHECK: %[[I:.*]] = arith.uitofp
  // CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[I]]
  %sum = arith.addf %bde, %i : tensor<8x8xf64>
  // Not without orthonormality.
  // CHECK: matrix.product %g, %g {transpose_lhs}
  %r = matrix.product %g, %g {transpose_lhs} : tensor<8x8xf64>, tensor<8x8xf64> -> tensor<8x8xf64>
  %all = arith.addf %sum, %r : tensor<8x8xf64>
  // CHECK-NOT: matrix.product
  steepest.update %w = %all : tensor<8x8xf64>
}
