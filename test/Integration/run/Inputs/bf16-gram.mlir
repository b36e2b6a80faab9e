// Three steps of Muon's in Gram form with factors in bf16: Gaussian gradients
// need no restart, those of low rank do.
steepest.optimizer @bf16_gram(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral)
         method(#steepest.polynomial<"muon", steps = 3, rounding = 0.2>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
