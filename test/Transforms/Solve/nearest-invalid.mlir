// RUN: steepest-opt --load-dialect-plugin=%plugins/AcmePlugin.so %s --steepest-solve --verify-diagnostics

// A plugin need not say how to place points.
steepest.optimizer @centered(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a manifold that can place a point, got #acme.centered}}
  %0 = steepest.nearest %g on(#acme.centered) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
