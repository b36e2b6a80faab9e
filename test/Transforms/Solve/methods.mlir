// RUN: steepest-opt %s --split-input-file --steepest-solve --verify-diagnostics

steepest.optimizer @no_multiplier(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "online_dual": it goes on from the multiplier of the last step; keep one in a state that starts as zeros and write `from`}}
  // expected-note @+1 {{"primal_dual_newton" solves it: minimises the dual}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) method("online_dual") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "admm": there is no manifold}}
  // expected-note @+1 {{"dualizer" solves it: Phi = D(G)}}
  %0 = steepest.direction %g norm(#steepest.spectral) method("admm") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @wrong_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "fixed_point": the norm #steepest.lp<1.5> is not spectral or Schatten with p >= 2}}
  // expected-note @+1 {{" solves it: }}
  %0 = steepest.direction %g at %w norm(#steepest.lp<1.5>) on(#steepest.stiefel) method("fixed_point") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @many_normals(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "bisection": the manifold #steepest.stiefel has more than one normal}}
  // expected-note @+1 {{"primal_dual_newton" solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) method("bisection") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @unknown_option(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects options of the method "admm", got "rho"}}
  // expected-note @+1 {{known: steps, step, relaxation, memory, balance}}
  %0 = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.stiefel) method(#steepest.method<"admm", {rho = 4.0}>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @wrong_count(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects the option "memory" to be an integer from 0 to 10, got 11}}
  %0 = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.stiefel) method(#steepest.method<"admm", {memory = 11}>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @wrong_word(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects the option "schedule" to be one of "fixed", "decayed", "square_root", got "cosine"}}
  %0 = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.stiefel) method(#steepest.method<"dual_ascent", {schedule = "cosine"}>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
