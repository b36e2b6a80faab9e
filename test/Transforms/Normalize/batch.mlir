// RUN: steepest-opt %s --split-input-file --steepest-normalize --remarks-filter=steepest-normalize --verify-diagnostics | FileCheck %s

// A batch is a list of independent problems: the rule is of one of them.
// CHECK-LABEL: steepest.optimizer @batch
// CHECK-SAME: (%w: tensor<?x4xf32>, %g: tensor<?x4xf32>) state(%m: tensor<?x4xf32> = zeros)
// CHECK-NOT: x?x4x
// expected-remark @+1 {{BatchSplit}}
steepest.optimizer @batch(%w: tensor<?x?x4xf32>, %g: tensor<?x?x4xf32>) state(%m: tensor<?x?x4xf32> = zeros) {
  %0 = arith.addf %m, %g : tensor<?x?x4xf32>
  %1 = steepest.direction %0 norm(#steepest.spectral) : tensor<?x?x4xf32>
  steepest.update %w = %1, %m = %0 : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// -----

// A constant is cut as well.
// CHECK-LABEL: steepest.optimizer @constant
// expected-remark @+1 {{BatchSplit}}
steepest.optimizer @constant(%w: tensor<2x3x4xf32>, %g: tensor<2x3x4xf32>) {
  // CHECK: arith.constant dense<1.000000e+00> : tensor<3x4xf32>
  %one = arith.constant dense<1.0> : tensor<2x3x4xf32>
  %0 = arith.addf %g, %one : tensor<2x3x4xf32>
  steepest.update %w = %0 : tensor<2x3x4xf32>
}

// -----

// expected-error @+1 {{expects batches of matrices throughout, got 'tensor<?xf32>' for 'b'}}
steepest.optimizer @mixed(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>, %b: tensor<?xf32>, %h: tensor<?xf32>) {
  steepest.update %w = %g, %b = %h : tensor<?x?x?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @across(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>) {
  %zero = arith.constant 0 : index
  // expected-error @+2 {{expects an op that treats the matrices of a batch alike}}
  // expected-note @+1 {{declare one matrix; the host may hand in a batch of them all the same}}
  %count = tensor.dim %g, %zero : tensor<?x?x?xf32>
  steepest.update %w = %g : tensor<?x?x?xf32>
}

// -----

// Conditionals and loops are those of one problem.
// CHECK-LABEL: steepest.optimizer @control
// CHECK-NOT: ?x?x?xf32
// expected-remark @+1 {{BatchSplit}}
steepest.optimizer @control(%w: tensor<?x?x?xf32>, %g: tensor<?x?x?xf32>) state(%m: tensor<?x?x?xf32> = zeros)
    hyper(%due: f32 = 1.0) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0 : index
  %step = arith.constant 1 : index
  %three = arith.constant 3 : index
  %now = arith.cmpf oge, %due, %one : f32
  // CHECK: scf.if %{{.*}} -> (tensor<?x?xf32>)
  %0 = scf.if %now -> (tensor<?x?x?xf32>) {
    // CHECK: steepest.scale %{{.*}} : tensor<?x?xf32>
    %a = steepest.scale %g, %due : tensor<?x?x?xf32>
    scf.yield %a : tensor<?x?x?xf32>
  } else {
    scf.yield %m : tensor<?x?x?xf32>
  }
  // CHECK: scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (tensor<?x?xf32>)
  %1 = scf.for %i = %zero to %three step %step iter_args(%x = %0) -> (tensor<?x?x?xf32>) {
    %y = arith.mulf %x, %x : tensor<?x?x?xf32>
    scf.yield %y : tensor<?x?x?xf32>
  }
  steepest.update %w = %1, %m = %0 : tensor<?x?x?xf32>, tensor<?x?x?xf32>
}
