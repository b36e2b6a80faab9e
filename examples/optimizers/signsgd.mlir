// SignSGD: W <- W - lr sign(G), steepest descent in the largest entry (Bernstein
// et al., arXiv 1802.04434). Adam without its averages is the same rule.
steepest.optimizer @signsgd(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 0.001) {
  %phi = steepest.direction %g norm(#steepest.linf) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
