// RUN: steepest-opt %s --steepest-hoist-invariants | FileCheck %s
// RUN: steepest-opt %s --steepest-hoist-invariants --remarks-filter=steepest-hoist-invariants --verify-diagnostics -o /dev/null

// CHECK-LABEL: @loops
steepest.optimizer @loops(%w: tensor<16x8xf32>, %g: tensor<16x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  // With what it is computed from.
  // CHECK: %[[ABS:.*]] = math.absf %g
  // CHECK: %[[R:.*]] = matrix.product %[[ABS]], %[[ABS]] {symmetric, transpose_lhs}
  // CHECK: scf.for
  %y = scf.for %i = %c0 to %c9 step %c1 iter_args(%x = %w) -> (tensor<16x8xf32>) {
    // CHECK-NEXT: scf.for
    %z = scf.for %j = %c0 to %c9 step %c1 iter_args(%u = %x) -> (tensor<16x8xf32>) {
      %a = math.absf %g : tensor<16x8xf32>
      // Out of both loops.
      // expected-remark @+1 {{operation=matrix.product, operations=2}}
      %r = matrix.product %a, %a {symmetric, transpose_lhs} : tensor<16x8xf32>, tensor<16x8xf32> -> tensor<8x8xf32>
      // CHECK: matrix.product %{{.*}}, %[[R]] :
      %v = matrix.product %u, %r : tensor<16x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
      scf.yield %v : tensor<16x8xf32>
    }
    // Elementwise work is part of a pass that runs anyway.
    // CHECK: math.absf %w
    %m = math.absf %w : tensor<16x8xf32>
    %n = arith.addf %z, %m : tensor<16x8xf32>
    scf.yield %n : tensor<16x8xf32>
  }
  steepest.update %w = %y : tensor<16x8xf32>
}

// A branch may never be taken.
// CHECK-LABEL: @branch
steepest.optimizer @branch(%w: tensor<8x8xf32>, %g: tensor<8x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  // CHECK: scf.for
  %y = scf.for %i = %c0 to %c9 step %c1 iter_args(%x = %w) -> (tensor<8x8xf32>) {
    %last = arith.cmpi eq, %i, %c9 : index
    // CHECK: scf.if
    %z = scf.if %last -> (tensor<8x8xf32>) {
      // CHECK: matrix.product %g, %g
      %r = matrix.product %g, %g : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
      scf.yield %r : tensor<8x8xf32>
    } else {
      scf.yield %x : tensor<8x8xf32>
    }
    scf.yield %z : tensor<8x8xf32>
  }
  steepest.update %w = %y : tensor<8x8xf32>
}
