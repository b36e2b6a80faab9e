// RUN: steepest-opt %s --steepest-normalize --canonicalize | FileCheck %s
// RUN: steepest-opt %s --steepest-normalize --remarks-filter=steepest-normalize --verify-diagnostics -o /dev/null

// max: every layer by itself, at its share of the rate.
// CHECK-LABEL: @longest
steepest.optimizer @longest(%a: tensor<?x?xf64>, %g: tensor<?x?xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) {
  // CHECK: %[[HALF:.*]] = arith.constant 5.000000e-01 : f64
  // CHECK: %[[P:.*]] = steepest.direction %g at %a norm(#steepest.spectral) on(#steepest.stiefel) accuracy(#steepest.gap<0.01>) {index = 0 : i32} : tensor<?x?xf64>
  // CHECK: %[[Q:.*]] = steepest.direction %h norm(#steepest.linf) accuracy(#steepest.gap<0.01>) {index = 1 : i32} : tensor<?xf64>
  // CHECK: %[[S:.*]] = steepest.scale %[[Q]], %[[HALF]]
  // CHECK-NOT: matrix.reduce
  // CHECK: steepest.update %a = %[[P]], %b = %[[S]]
  // expected-remark @+1 {{ProductSplit | Category:steepest-normalize | Function=longest | Reason="every layer takes the longest step of its own: Phi_l = D_l / s_l", layers=2, over=max}}
  %0:2 = steepest.directions over max (%g, %h) at (%a, %b) norms([#steepest.spectral, #steepest.linf])
         on([#steepest.stiefel, unit]) scales([1.0, 2.0]) accuracy(#steepest.gap<0.01>)
         : tensor<?x?xf64>, tensor<?xf64>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?x?xf64>, tensor<?xf64>
}

// In penalty form every layer is multiplied by the sum of the values.
// CHECK-LABEL: @penalty
steepest.optimizer @penalty(%a: tensor<?xf64>, %g: tensor<?xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) {
  // CHECK: %[[P:.*]] = steepest.direction %g norm(#steepest.l1) {index = 0 : i32}
  // CHECK: %[[Q:.*]] = steepest.direction %h norm(#steepest.linf) {index = 1 : i32}
  // CHECK: arith.mulf %g, %[[P]]
  // CHECK: %[[D:.*]] = matrix.reduce sum
  // CHECK: arith.mulf %h, %[[Q]]
  // CHECK: %[[E:.*]] = matrix.reduce sum
  // CHECK: %[[T:.*]] = arith.divf %[[E]], %{{.*}}
  // CHECK: %[[SUM:.*]] = arith.addf %[[D]], %[[T]]
  // CHECK: steepest.scale %[[P]], %[[SUM]]
  // CHECK: %[[PART:.*]] = arith.mulf %[[SUM]], %{{.*}}
  // CHECK: steepest.scale %[[Q]], %[[PART]]
  // expected-remark @+1 {{over=max}}
  %0:2 = steepest.directions over max (%g, %h) norms([#steepest.l1, #steepest.linf])
         scales([1.0, 4.0]) penalty : tensor<?xf64>, tensor<?xf64>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?xf64>, tensor<?xf64>
}

// l2: in proportion to the values, which are divided by the largest first.
// CHECK-LABEL: @proportional
steepest.optimizer @proportional(%a: tensor<?xf64>, %g: tensor<?xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) {
  // CHECK: %[[D:.*]] = matrix.reduce sum
  // CHECK: %[[E:.*]] = matrix.reduce sum
  // CHECK: arith.maximumf %[[D]], %[[E]]
  // CHECK: math.sqrt
  // expected-remark @+1 {{over=l2}}
  %0:2 = steepest.directions over l2 (%g, %h) norms([#steepest.l1, #steepest.linf]) : tensor<?xf64>, tensor<?xf64>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?xf64>, tensor<?xf64>
}

// l1: the first of the largest moves.
// CHECK-LABEL: @winner
steepest.optimizer @winner(%a: tensor<?xf64>, %g: tensor<?xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) {
  // CHECK: %[[D:.*]] = matrix.reduce sum
  // CHECK: %[[E:.*]] = matrix.reduce sum
  // CHECK: %[[MAX:.*]] = arith.maximumf %[[D]], %[[E]]
  // CHECK: arith.cmpf oeq, %[[D]], %[[MAX]]
  // CHECK: arith.cmpf oeq, %[[E]], %[[MAX]]
  // expected-remark @+1 {{over=l1}}
  %0:2 = steepest.directions over l1 (%g, %h) norms([#steepest.l1, #steepest.linf]) : tensor<?xf64>, tensor<?xf64>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?xf64>, tensor<?xf64>
}

// The radius of a layer's norm is part of its direction, and so of its value.
// CHECK-LABEL: @radius
steepest.optimizer @radius(%a: tensor<?xf64>, %g: tensor<?xf64>, %b: tensor<?xf64>, %h: tensor<?xf64>) {
  // CHECK: %[[P:.*]] = steepest.direction %g norm(#steepest.l1)
  // CHECK: %[[R:.*]] = steepest.scale %[[P]]
  // CHECK: arith.mulf %g, %[[R]]
  // expected-remark @+2 {{ProductSplit}}
  // expected-remark @+1 {{RadiusSplit}}
  %0:2 = steepest.directions over l2 (%g, %h) norms([#steepest.scaled<norm = #steepest.l1, radius = 3.0>, #steepest.linf]) : tensor<?xf64>, tensor<?xf64>
  steepest.update %a = %0#0, %b = %0#1 : tensor<?xf64>, tensor<?xf64>
}
