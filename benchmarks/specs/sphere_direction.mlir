// The direction of the spectral sphere optimizer, certified to 1e-3. W stays.
#sphere = #steepest.norm_sphere<norm = #steepest.spectral, radius = 1.0>
steepest.optimizer @sphere_direction(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%direction: tensor<?x?xf32> = zeros) {
  %phi = steepest.direction %g at %w norm(#steepest.spectral) on(#sphere)
         accuracy(#steepest.gap<1.0e-3>) : tensor<?x?xf32>
  steepest.update %w = %w, %direction = %phi : tensor<?x?xf32>, tensor<?x?xf32>
}
