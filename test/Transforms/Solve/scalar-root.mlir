// RUN: steepest-opt %s --split-input-file --steepest-solve --verify-diagnostics

// What it solves when asked, though others come first.
steepest.optimizer @asked(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %0 = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.sphere) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @no_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "scalar_root": there is no manifold}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g norm(#steepest.spectral) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @many_normals(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "scalar_root": the manifold #steepest.stiefel has more than one normal}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// A matrix inequality where the largest singular value is multiple.
steepest.optimizer @spectral_ball(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "scalar_root": the manifold #steepest.norm_ball<norm = #steepest.spectral> has more than one normal}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.nuclear) on(#steepest.norm_ball<norm = #steepest.spectral>) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @columns_together(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "scalar_root": the manifold #steepest.oblique_columns has a normal for each column, and the norm #steepest.spectral is not put together from those of the columns}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.oblique_columns) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @rows_together(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{cannot be solved by "scalar_root": the manifold #steepest.oblique_rows has a normal for each row, and the norm #steepest.columns is not put together from those of the rows}}
  // expected-note @+1 {{solves it}}
  %0 = steepest.direction %g at %w norm(#steepest.columns) on(#steepest.oblique_rows) method("scalar_root") : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @options(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects options of the method "scalar_root", got "steps"}}
  // expected-note @+1 {{it has none}}
  %0 = steepest.direction %g at %w norm(#steepest.lp<3.0>) on(#steepest.sphere) method(#steepest.method<"scalar_root", {steps = 10}>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @ball(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a norm whose balls have known tangent cones, got #steepest.l1}}
  // expected-note @+1 {{known: differentiable norms}}
  %0 = steepest.direction %g at %w norm(#steepest.linf) on(#steepest.norm_ball<norm = #steepest.l1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
