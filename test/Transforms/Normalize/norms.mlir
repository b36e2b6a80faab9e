// RUN: steepest-opt %s --steepest-normalize | FileCheck %s
// RUN: steepest-opt %s --steepest-normalize --remarks-filter=steepest-normalize --verify-diagnostics -o /dev/null

// A norm takes its simplest equal form.
// CHECK-LABEL: @equal
steepest.optimizer @equal(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[A:.*]] = steepest.direction %g norm(#steepest.frobenius) {index = 0 : i32}
  // expected-remark @+1 {{CanonicalNorm | Category:steepest-normalize | Function=equal | canonical=#steepest.frobenius, norm=#steepest.schatten<2.0>}}
  %0 = steepest.direction %g norm(#steepest.schatten<2.0>) : tensor<?x?xf32>
  // CHECK: %[[B:.*]] = steepest.direction %[[A]] norm(#steepest.linf) {index = 1 : i32}
  // expected-remark @+1 {{canonical=#steepest.linf, norm=#steepest.lp<inf>}}
  %1 = steepest.direction %0 norm(#steepest.lp<inf>) : tensor<?x?xf32>
  // CHECK: steepest.update %w = %[[B]]
  steepest.update %w = %1 : tensor<?x?xf32>
}

// What is simple stays: neither remark nor change, but for the number.
// CHECK-LABEL: @simple
steepest.optimizer @simple(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK-NEXT: %[[A:.*]] = steepest.direction %g norm(#steepest.schatten<3.0>) penalty {index = 0 : i32}
  %0 = steepest.direction %g norm(#steepest.schatten<3.0>) penalty : tensor<?x?xf32>
  // CHECK-NEXT: steepest.update %w = %[[A]]
  steepest.update %w = %0 : tensor<?x?xf32>
}
