// Five steps of Muon's polynomial and nothing else: W <- W - lr p(G).
steepest.optimizer @newton_schulz(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
