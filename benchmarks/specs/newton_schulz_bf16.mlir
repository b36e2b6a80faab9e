// The same five steps where factors of products may be rounded to bf16: values may
// be off by 0.2, as those of the steps in bf16 that others take are.
steepest.optimizer @newton_schulz_bf16(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral)
         method(#steepest.polynomial<"muon", steps = 5, rounding = 0.25>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
