// RUN: steepest-opt %s --allow-unregistered-dialect --split-input-file --verify-diagnostics

// What no loaded dialect defines is taken for a member of a plugin. (Without
// the option, steepest-opt reports it while parsing; steepestc does as here.)

steepest.optimizer @norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a norm, got #acme.foo}}
  // expected-note @+1 {{load the plugin that defines the dialect 'acme'}}
  %0 = steepest.direction %g norm(#acme.foo) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a manifold, got #acme.foo<3>}}
  // expected-note @+1 {{load the plugin that defines the dialect 'acme'}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#acme.foo<3>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
