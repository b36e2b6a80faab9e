// RUN: steepest-opt %s --steepest-solve --remarks-filter=steepest-solve --verify-diagnostics | FileCheck %s

// The first method that matches is taken, those before it are said to be
// rejected and why; the certificate goes by the number of the direction.

// CHECK-LABEL: @closed_form
// CHECK-SAME: steepest.directions = [{manifold, method = "dualizer", norm = #steepest.linf}]
steepest.optimizer @closed_form(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // CHECK-NOT: steepest.direction
  // CHECK: matrix.certify 7 value(
  // expected-remark @+2 {{[Analysis] Problem | Category:steepest-solve | Function=closed_form | Remark="maximise <G, Phi> subject to ||Phi|| <= 1", direction=7, norm=#steepest.linf}}
  // expected-remark @+1 {{[Passed] Method | Category:steepest-solve | Function=closed_form | Reason="Phi = D(G)}}
  %0 = steepest.direction %g norm(#steepest.linf) {index = 7 : i32} : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// CHECK-LABEL: @manifold
// CHECK-SAME: method = "euclidean_projection"
steepest.optimizer @manifold(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  // Finite gradients, then a point on the sphere.
  // CHECK: matrix.require %{{.*}}, 1
  // CHECK: matrix.require %{{.*}}, 2
  // CHECK: matrix.certify 0
  // expected-remark @+3 {{[Analysis] Problem}}
  // expected-remark @+2 {{[Missed] MethodRejected | Category:steepest-solve | Function=manifold | Reason="there is the manifold #steepest.sphere", method=dualizer}}
  // expected-remark @+1 {{manifold=#steepest.sphere, method=euclidean_projection, norm=#steepest.frobenius}}
  %0 = steepest.direction %g at %w norm(#steepest.frobenius) on(#steepest.sphere) : tensor<?xf32>
  // CHECK-NOT: steepest.retract
  // expected-remark @+1 {{[Passed] Retraction | Category:steepest-solve | Function=manifold | manifold=#steepest.sphere, retraction=radial}}
  %1 = steepest.retract %w, %0, %lr on(#steepest.sphere) : tensor<?xf32>
  steepest.update %w = %1 : tensor<?xf32>
}

// A method asked for by name is not compared with others.
// CHECK-LABEL: @forced
// CHECK-SAME: method = "dualizer"
steepest.optimizer @forced(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-remark @+2 {{Problem}}
  // expected-remark @+1 {{form=penalty, method=dualizer, norm=#steepest.l1}}
  %0 = steepest.direction %g norm(#steepest.l1) penalty method("dualizer") : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}
