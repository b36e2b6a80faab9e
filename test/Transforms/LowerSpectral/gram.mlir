// RUN: steepest-opt %s --steepest-lower-spectral --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral=share-decompositions=false --canonicalize --cse | FileCheck %s --check-prefix=APART
// RUN: steepest-opt %s --steepest-lower-spectral --remarks-filter=steepest-lower-spectral --verify-diagnostics -o /dev/null

// The eigen-decomposition of the smaller Gram matrix in float64.
// CHECK-LABEL: @exact
steepest.optimizer @exact(%w: tensor<4x8xf32>, %g: tensor<4x8xf32>) {
  // CHECK: %[[GRAM:.*]] = matrix.product %[[X:.*]], %[[X]] {symmetric, transpose_rhs} : {{.*}} -> tensor<4x4xf64>
  // CHECK: %{{.*}}, %[[Q:.*]], %[[OK:.*]] = matrix.eigh %[[GRAM]]
  // CHECK: matrix.require %[[OK]], 3
  // CHECK: matrix.product %[[Q]], %{{.*}} {symmetric, transpose_lhs}
  // CHECK: matrix.product %{{.*}}, %[[X]] :
  // expected-remark @+6 {{the contract asks for no rational steps}}
  // expected-remark @+5 {{Reason="the contract asks for no polynomial steps", route=standard}}
  // expected-remark @+4 {{Reason="the contract asks for no polynomial steps", route=gram}}
  // expected-remark @+3 {{[Passed] Route | Category:steepest-lower-spectral | Function=exact | Remark="eigen-decomposition of the smaller Gram matrix in float64: 3 n m^2 + about 11 m^3 flops", machine="AMD Zen 5, AVX-512, one thread"}}
  // expected-remark @+2 {{the contract asks for no fractions}}
  // expected-remark @+1 {{route=bf16}}
  %phi, %n, %s = matrix.msign %g {contract = #matrix.exact} : tensor<4x8xf32>
  // expected-remark @-1 {{route=f16}}
  // expected-remark @-2 {{route=tf32}}
  steepest.update %w = %phi : tensor<4x8xf32>
}

// CHECK-LABEL: @power
steepest.optimizer @power(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK: matrix.eigh
  // CHECK-NOT: matrix.spectral_power
  // expected-remark @+1 {{operation=matrix.spectral_power}}
  %0:3 = matrix.spectral_power %g, 0.5 : tensor<8x4xf64>
  steepest.update %w = %0 : tensor<8x4xf64>
}

// Whose band no fractions keep more cheaply.
// CHECK-LABEL: @band
steepest.optimizer @band(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK: matrix.eigh
  // CHECK-NOT: matrix.spectral_power
  // expected-remark @+1 {{operation=matrix.spectral_power}}
  %0:3 = matrix.spectral_power %g, 0.5 {contract = #matrix.band<lowest = 0.01, error = 0.01>} : tensor<8x4xf64>
  steepest.update %w = %0 : tensor<8x4xf64>
}

// CHECK-LABEL: @leading
steepest.optimizer @leading(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK: matrix.eigh
  // CHECK-NOT: matrix.leading
  // expected-remark @+1 {{operation=matrix.leading}}
  %0 = matrix.leading %g : tensor<8x4xf64>
  steepest.update %w = %0 : tensor<8x4xf64>
}

// Values need no vectors.
// CHECK-LABEL: @values
steepest.optimizer @values(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-NOT: matrix.eigh
  // CHECK: matrix.eigenvalues
  // expected-remark @+1 {{operation=matrix.singular_values}}
  %0 = matrix.singular_values %g : tensor<8x4xf64> -> tensor<4xf64>
  %1 = matrix.broadcast %0 along column like %g : tensor<4xf64>, tensor<8x4xf64> -> tensor<8x4xf64>
  steepest.update %w = %1 : tensor<8x4xf64>
}

// What else is a function of the same matrix takes its values from the
// decomposition that has the vectors; the Gram matrix is negated, so that they
// descend.
// CHECK-LABEL: @shared
// APART-LABEL: @shared
steepest.optimizer @shared(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-DAG: %[[MINUS:.*]] = arith.constant -1.0
  // CHECK: %[[GRAM:.*]] = matrix.product %[[X:.*]], %[[X]] scale(%[[MINUS]] : f64) {symmetric, transpose_lhs}
  // CHECK: %[[VALUES:.*]], %[[Q:.*]], %{{.*}} = matrix.eigh %[[GRAM]]
  // CHECK: %[[NEGATED:.*]] = arith.negf %[[VALUES]]
  // CHECK: %[[SQUARES:.*]] = arith.maximumf %[[NEGATED]]
  // CHECK: math.sqrt %[[SQUARES]]
  // CHECK: matrix.product %[[Q]], %{{.*}} {symmetric, transpose_lhs}
  // CHECK-NOT: matrix.eigh
  // CHECK-NOT: matrix.eigenvalues
  // CHECK: steepest.update
  // APART: matrix.eigenvalues
  // APART: matrix.eigh
  // expected-remark @+1 {{[Passed] GramDecomposition | Category:steepest-lower-spectral | Function=shared}}
  %0 = matrix.singular_values %g : tensor<8x4xf64> -> tensor<4xf64>
  // expected-remark @+1 {{[Passed] DecompositionShared | Category:steepest-lower-spectral | Function=shared | Reason="one decomposition serves all functions of a matrix", operation=matrix.leading}}
  %1 = matrix.leading %g : tensor<8x4xf64>
  %2 = matrix.broadcast %0 along column like %g : tensor<4xf64>, tensor<8x4xf64> -> tensor<8x4xf64>
  %3 = arith.addf %1, %2 : tensor<8x4xf64>
  steepest.update %w = %3 : tensor<8x4xf64>
}

// Another matrix, and another block, where the first need not have run.
// CHECK-LABEL: @elsewhere
steepest.optimizer @elsewhere(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) hyper(%c: f64 = 0.0) {
  %zero = arith.constant 0.0 : f64
  %if = arith.cmpf ogt, %c, %zero : f64
  // CHECK-COUNT-2: matrix.eigh
  // CHECK: scf.if
  // CHECK: matrix.eigenvalues
  // expected-remark @+1 {{GramDecomposition}}
  %0 = matrix.leading %g : tensor<8x4xf64>
  // expected-remark @+1 {{GramDecomposition}}
  %1 = matrix.leading %w : tensor<8x4xf64>
  %2 = scf.if %if -> tensor<4xf64> {
    // expected-remark @+1 {{GramDecomposition}}
    %s = matrix.singular_values %g : tensor<8x4xf64> -> tensor<4xf64>
    scf.yield %s : tensor<4xf64>
  } else {
    %s = matrix.reduce sum %g to column : tensor<8x4xf64> -> tensor<4xf64>
    scf.yield %s : tensor<4xf64>
  }
  %3 = matrix.broadcast %2 along column like %g : tensor<4xf64>, tensor<8x4xf64> -> tensor<8x4xf64>
  %4 = arith.addf %0, %1 : tensor<8x4xf64>
  %5 = arith.addf %3, %4 : tensor<8x4xf64>
  steepest.update %w = %5 : tensor<8x4xf64>
}

// U1 V1^T / k has k singular values of 1 / k, its sum of squares.
// CHECK-LABEL: @unit
// APART-LABEL: @unit
steepest.optimizer @unit(%w: tensor<4x8xf64>, %g: tensor<4x8xf64>) {
  // CHECK: %[[V:.*]] = matrix.product %{{.*}}, %{{.*}} : tensor<4x4xf64>, tensor<4x8xf64> -> tensor<4x8xf64>
  // CHECK: %[[ENTRIES:.*]] = arith.mulf %[[V]], %[[V]]
  // CHECK: %[[ROWS:.*]] = matrix.reduce sum %[[ENTRIES]] to row
  // CHECK: %[[ONE:.*]] = matrix.reduce sum %[[ROWS]] to scalar
  // CHECK: matrix.index linear like %[[ROWS]]
  // CHECK-NOT: matrix.eigenvalues
  // CHECK: steepest.update
  // APART: matrix.eigh
  // APART: matrix.eigenvalues
  // expected-remark @+1 {{operation=matrix.leading}}
  %0 = matrix.leading %g : tensor<4x8xf64>
  // expected-remark @+1 {{[Passed] DecompositionShared | Category:steepest-lower-spectral | Function=unit | Reason="of a leading part they follow from its sum of squares", operation=matrix.singular_values}}
  %1 = matrix.singular_values %0 : tensor<4x8xf64> -> tensor<4xf64>
  %2 = matrix.broadcast %1 along row like %g : tensor<4xf64>, tensor<4x8xf64> -> tensor<4x8xf64>
  %3 = arith.addf %0, %2 : tensor<4x8xf64>
  steepest.update %w = %3 : tensor<4x8xf64>
}

// What is not spectral stays.
// CHECK-LABEL: @nothing
steepest.optimizer @nothing(%w: tensor<8x4xf64>, %g: tensor<8x4xf64>) {
  // CHECK-NEXT: steepest.update
  steepest.update %w = %g : tensor<8x4xf64>
}
