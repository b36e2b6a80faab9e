// The direction of manifold Muon alone, certified to one percent. W stays.
steepest.optimizer @stiefel_direction(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%direction: tensor<?x?xf32> = zeros) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#steepest.stiefel)
         accuracy(#steepest.gap<0.01>) : tensor<?x?xf32>
  steepest.update %w = %w, %direction = %phi : tensor<?x?xf32>, tensor<?x?xf32>
}
