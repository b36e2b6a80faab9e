// RUN: steepest-opt %s --steepest-form-maps | FileCheck %s
// RUN: steepest-opt %s --steepest-form-maps --steepest-lower-to-kernels | FileCheck %s --check-prefix=MEMORY
// RUN: steepest-opt %s --steepest-form-maps --remarks-filter-passed=steepest-form-maps --verify-diagnostics -o /dev/null

// A sum for the certificate alone is taken by the pass that writes the step,
// and what is made of it comes after.
// CHECK-LABEL: @report
// CHECK-NOT: matrix.map
// CHECK: %[[NEW:.*]]:3 = matrix.map({{.*}}) ins(%m, %g, %w : {{.*}}) access [0, 0, 0] folds [-1, -1, 0] extents [0, 0, 0]
// CHECK: %[[ROOT:.*]] = math.sqrt %[[NEW]]#2
// CHECK: matrix.certify 0 value(%[[ROOT]])
// CHECK-NEXT: steepest.update %w = %[[NEW]]#1, %m = %[[NEW]]#0
// The certificate is written with the step, once it is known that there is one.
// MEMORY-LABEL: func.func @report
// MEMORY: scf.if
// MEMORY: %[[SUM:.*]] = kernel.map {{.*}} [store to full, store to full, sum to scalar] scratch({{.*}}) -> f64
// MEMORY: %[[VALUE:.*]] = math.sqrt %[[SUM]]
// MEMORY: kernel.certify %{{.*}}(%[[VALUE]],
steepest.optimizer @report(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%m: tensor<?x?xf32> = zeros) {
  %zero = arith.constant 0.0 : f64
  %m1 = arith.addf %m, %g : tensor<?x?xf32>
  %wide = arith.extf %m1 : tensor<?x?xf32> to tensor<?x?xf64>
  %square = arith.mulf %wide, %wide : tensor<?x?xf64>
  // expected-remark @+1 {{CertificateSummedLast}}
  %sum = matrix.reduce sum %square to scalar : tensor<?x?xf64> -> f64
  %root = math.sqrt %sum : f64
  matrix.certify 0 value(%root) bound(%root) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %m1 : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// Not one that the step needs as well,
// CHECK-LABEL: @needed
// CHECK: %[[SUM:.*]] = matrix.map({{.*}}) ins(%g : {{.*}}) access [0] folds [0] extents [0]
// CHECK: matrix.certify
// CHECK: matrix.map({{.*}}) ins(%w, %g : {{.*}}) access [0, 0] folds [-1] extents [0]
steepest.optimizer @needed(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f64
  %wide = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %sum = matrix.reduce sum %wide to scalar : tensor<?x?xf64> -> f64
  matrix.certify 0 value(%sum) bound(%sum) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %rate = arith.truncf %sum : f64 to f32
  %rates = matrix.broadcast %rate like %g : f32, tensor<?x?xf32> -> tensor<?x?xf32>
  %step = arith.mulf %g, %rates : tensor<?x?xf32>
  %w1 = arith.subf %w, %step : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// nor one whose requirement may stop it,
// CHECK-LABEL: @required
// CHECK: matrix.map({{.*}}) ins(%g : {{.*}}) access [0] folds [0] extents [0]
// CHECK: matrix.require
// CHECK: matrix.map({{.*}}) ins(%w, %g : {{.*}}) access [0, 0] folds [-1] extents [0]
steepest.optimizer @required(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f64
  %wide = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %sum = matrix.reduce sum %wide to scalar : tensor<?x?xf64> -> f64
  matrix.certify 0 value(%sum) bound(%sum) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %positive = arith.cmpf ogt, %sum, %zero : f64
  matrix.require %positive, 1
  %w1 = arith.subf %w, %g : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}

// nor one that would make the last pass read more.
// CHECK-LABEL: @more
// CHECK: matrix.map({{.*}}) ins(%m, %g : {{.*}}) access [0, 0] folds [0] extents [0]
// CHECK: matrix.certify
// CHECK: matrix.map({{.*}}) ins(%w, %g : {{.*}}) access [0, 0] folds [-1] extents [0]
steepest.optimizer @more(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) state(%m: tensor<?x?xf32> = zeros) {
  %zero = arith.constant 0.0 : f64
  %product = arith.mulf %m, %g : tensor<?x?xf32>
  %wide = arith.extf %product : tensor<?x?xf32> to tensor<?x?xf64>
  %sum = matrix.reduce sum %wide to scalar : tensor<?x?xf64> -> f64
  matrix.certify 0 value(%sum) bound(%sum) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %g : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m : tensor<?x?xf32>, tensor<?x?xf32>
}

// What is summed may have its shape from either route, and so be of the shape of
// the parameter all the same.
// CHECK-LABEL: @routes
// CHECK: %[[Y:.*]] = scf.if
// CHECK: matrix.map({{.*}}) ins(%w, %[[Y]] : {{.*}}) access [0, 0] folds [-1, 0] extents [0, 0]
// CHECK-NOT: matrix.map(
// CHECK: matrix.certify
steepest.optimizer @routes(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.dim %g, %c0 : tensor<?x?xf32>
  %cols = tensor.dim %g, %c1 : tensor<?x?xf32>
  %tall = arith.cmpi sge, %rows, %cols : index
  %y = scf.if %tall -> (tensor<?x?xf32>) {
    %gram = matrix.product %g, %g {symmetric, transpose_lhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %p = matrix.product %g, %gram : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %p : tensor<?x?xf32>
  } else {
    %gram = matrix.product %g, %g {symmetric, transpose_rhs} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    %q = matrix.product %gram, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %q : tensor<?x?xf32>
  }
  %wide = arith.extf %y : tensor<?x?xf32> to tensor<?x?xf64>
  // expected-remark @+1 {{CertificateSummedLast}}
  %sum = matrix.reduce sum %wide to scalar : tensor<?x?xf64> -> f64
  matrix.certify 0 value(%sum) bound(%sum) tangency(%zero) distance(%zero) iterations(%zero) outcome(%zero)
  %w1 = arith.subf %w, %y : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
