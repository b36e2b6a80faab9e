// RUN: steepest-opt %s --steepest-lower-spectral="factors=bf16" --canonicalize --cse 2> /dev/null | FileCheck %s
// RUN: steepest-opt %s --steepest-lower-spectral="factors=bf16" --remarks-filter=steepest-lower-spectral -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Two steps raise small values by less than what asks for a restart. What is
// rounded are P - a I and Q - q I.
// CHECK-LABEL: @short
steepest.optimizer @short(%w: tensor<1024x256xf32>, %g: tensor<1024x256xf32>) {
  // CHECK-DAG: %[[A:.*]] = arith.constant 1.500000e+00 : f32
  // CHECK-DAG: %[[A2:.*]] = arith.constant 1.500000e+00 : f64
  // CHECK: %[[G:.*]] = matrix.product %[[X:.*]], %[[X]] {factors = bf16, symmetric, transpose_lhs}
  // CHECK: %[[P:.*]] = matrix.product %[[G]], %[[G]] scale(%{{.*}}) plus(%{{.*}}, %[[G]] : {{.*}}) {factors = bf16, symmetric}
  // CHECK: %[[Q:.*]] = arith.addf %[[P]]
  // CHECK: %[[T:.*]] = matrix.product %[[P]], %[[G]] plus(%[[A]], %[[G]] : {{.*}}) {factors = bf16, symmetric}
  // CHECK: %[[G1:.*]] = matrix.product %[[P]], %[[T]] plus(%[[A]], %[[T]] : {{.*}}) {factors = bf16, symmetric}
  // CHECK: %[[P1:.*]] = matrix.product %[[G1]], %[[G1]]
  // The mean of the diagonal of P Q, from tr Q and <P', Q>.
  // CHECK: %[[TRACE:.*]] = matrix.reduce sum
  // CHECK: %[[DOT:.*]] = matrix.reduce sum
  // CHECK: %[[TRACES:.*]] = arith.mulf %[[TRACE]], %[[A2]]
  // CHECK: arith.addf %[[DOT]], %[[TRACES]]
  // CHECK: %[[MEAN:.*]] = arith.truncf %{{.*}} : f64 to f32
  // CHECK: %[[MINUS:.*]] = arith.negf %[[MEAN]]
  // CHECK: %[[Q1:.*]] = matrix.product %[[P1]], %[[Q]] plus(%[[A]], %[[Q]] : {{.*}}) shift(%[[MINUS]]{{.*}}) {factors = bf16, symmetric}
  // CHECK: matrix.product %[[X]], %[[Q1]] plus(%[[MEAN]], %[[X]] : {{.*}}) {factors = bf16}
  // CHECK-NOT: scf.if
  // REMARK: RouteRejected {{.*}}Function=short {{.*}}bf16-gram is cheaper{{.*}}route=gram
  // REMARK: [Passed] Route {{.*}}Function=short {{.*}}5 symmetric products of m x m and 2 on X, of factors in bf16"{{.*}}route=bf16-gram
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25, 1.5, -0.5, 0.25], rounding = 0.1>} : tensor<1024x256xf32>
  steepest.update %w = %phi : tensor<1024x256xf32>
}

// More steps do so where the rows of G tell that its rounding would grow.
// CHECK-LABEL: @long
steepest.optimizer @long(%w: tensor<256x2048xf32>, %g: tensor<256x2048xf32>) {
  // CHECK: %[[G:.*]] = matrix.product %[[X:.*]], %[[X]] {factors = bf16, symmetric, transpose_rhs}
  // CHECK: %[[SQUARES:.*]] = matrix.reduce sum %{{.*}} to row
  // CHECK: %[[MAX:.*]] = matrix.reduce maximum %[[SQUARES]] to scalar
  // CHECK: %[[ROOT:.*]] = math.sqrt %[[MAX]]
  // CHECK: %[[NOISE:.*]] = arith.mulf %[[ROOT]],
  // CHECK: %[[FLAT:.*]] = arith.cmpf ole, %[[NOISE]],
  // CHECK: scf.if %[[FLAT]]
  // CHECK-NOT: matrix.product %{{.*}} {{.*}}transpose_rhs
  // CHECK: } else {
  // CHECK-COUNT-1: matrix.product %{{.*}} {factors = bf16, symmetric, transpose_rhs}
  // CHECK-NOT: transpose_rhs
  // REMARK: [Passed] Route {{.*}}Function=long {{.*}}9 symmetric products of m x m and 2 on X, of factors in bf16 where 3.02 max ||G e_i|| <= 1; else 6 symmetric products of m x m and 4 on X, with fresh Gram matrices after steps 2"{{.*}}route=bf16-gram
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[3.4, -4.7, 2.0, 3.4, -4.7, 2.0, 3.4, -4.7, 2.0], rounding = 0.2>} : tensor<256x2048xf32>
  steepest.update %w = %phi : tensor<256x2048xf32>
}

// What the route is not known to serve, or serves badly, is left to the others.
// CHECK-LABEL: @refused
steepest.optimizer @refused(%w: tensor<8x1024xf32>, %g: tensor<8x1024xf32>) {
  // REMARK: RouteRejected {{.*}}Function=refused {{.*}}keeps the contract from 16 rows and columns on, X has 8{{.*}}route=bf16-gram
  // REMARK: RouteRejected {{.*}}Function=refused {{.*}}a step multiplies small singular values by 4.0; the Gram form in rounded factors is known for at most 3.5{{.*}}route=bf16-gram
  // REMARK: RouteRejected {{.*}}Function=refused {{.*}}factors in bf16 move values by 0.05, the contract allows 0.04{{.*}}route=bf16-gram
  %a, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.1>} : tensor<8x1024xf32>
  %b, %o, %t = matrix.msign %a {contract = #matrix.polynomials<[4.0, -6.0, 2.5], rounding = 0.1>} : tensor<8x1024xf32>
  %c, %p, %u = matrix.msign %b {contract = #matrix.polynomials<[1.5, -0.5, 0.25], rounding = 0.04>} : tensor<8x1024xf32>
  steepest.update %w = %c : tensor<8x1024xf32>
}

// Below that, extents that are not known take another route.
// CHECK-LABEL: @dynamic
steepest.optimizer @dynamic(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[ENOUGH:.*]] = arith.cmpf oge, %{{.*}}, %cst{{.*}} : f64
  // CHECK: %[[BOTH:.*]] = arith.andi %{{.*}}, %[[ENOUGH]] : i1
  // CHECK: scf.if %[[BOTH]]
  %phi, %n, %s = matrix.msign %g {contract = #matrix.polynomials<[1.5, -0.5, 0.25, 1.5, -0.5, 0.25], rounding = 0.1>} : tensor<?x?xf32>
  steepest.update %w = %phi : tensor<?x?xf32>
}
