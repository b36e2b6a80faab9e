// RUN: steepest-opt %s --steepest-solve --canonicalize --cse | FileCheck %s
// RUN: steepest-opt %s --steepest-solve=inverses=false | FileCheck %s --check-prefix=NONE
// RUN: steepest-opt %s --steepest-solve --remarks-filter=steepest-solve --verify-diagnostics -o /dev/null

// With an error, inverses in float64 of the matrix over its norm; the power of
// that norm is multiplied back.
// CHECK-LABEL: @root
// NONE-LABEL: @root
steepest.optimizer @root(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = identity like %w by rows) {
  // CHECK-NOT: matrix.eigh
  // CHECK: %[[SIZE:.*]] = math.sqrt
  // CHECK: %[[H:.*]], %[[OK:.*]] = matrix.rational %{{.*}} constant({{.*}}) weights([{{.*}}]) poles([{{.*}}]) : tensor<?x?xf64>
  // CHECK-DAG: matrix.require %[[OK]], 3
  // CHECK-DAG: math.powf
  // CHECK: arith.truncf
  // NONE: matrix.eigh
  // expected-remark-re @+1 {{MatrixPower {{.*}}Reason="by partial fractions, in this part of the time of an eigen-decomposition", error=0.01, exponent=-0.25, poles={{[4-8]}}, ratio=0.{{[0-9]+}}, ridge=1.0e-06}}
  %r = steepest.power %l, -0.25 ridge(1.0e-6) error(1.0e-2) : tensor<?x?xf32>
  steepest.update %w = %g, %l = %r : tensor<?x?xf32>, tensor<?x?xf32>
}

// A ridge that rounding reaches takes a decomposition.
// CHECK-LABEL: @rounding
steepest.optimizer @rounding(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>)
    state(%l: tensor<?x?xf64> = identity like %w by rows) {
  // CHECK: matrix.eigh
  // expected-remark @+2 {{PowerFractions | Category:steepest-solve | Function=rounding | Reason="rounding in float64 leaves too little"}}
  // expected-remark @+1 {{by an eigen-decomposition in float64}}
  %r = steepest.power %l, -0.5 ridge(1.0e-15) error(1.0e-2) : tensor<?x?xf64>
  steepest.update %w = %g, %l = %r : tensor<?x?xf64>, tensor<?x?xf64>
}
