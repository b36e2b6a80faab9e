//--- unknown.mlir
steepest.optimizer @default(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @loose(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.1, error = 0.1>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @tight(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 1.0e-3, error = 1.0e-4>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @gap(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.gap<0.01>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
//--- known.mlir
steepest.optimizer @tall(%w: tensor<96x64xf32>, %g: tensor<96x64xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.01, error = 0.013>) : tensor<96x64xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<96x64xf32>
  steepest.update %w = %w1 : tensor<96x64xf32>
}
steepest.optimizer @wide(%w: tensor<48x200xf32>, %g: tensor<48x200xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 0.01, error = 0.013>) : tensor<48x200xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<48x200xf32>
  steepest.update %w = %w1 : tensor<48x200xf32>
}
//--- powers.mlir
// Schatten norms with 2 < p, whose directions are powers below 1.
steepest.optimizer @four(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.schatten<4.0>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @three(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.schatten<3.0>) accuracy(#steepest.band<lowest = 1.0e-3, error = 1.0e-3>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
steepest.optimizer @sixteen(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 0.02) {
  %phi = steepest.direction %g norm(#steepest.schatten<16.0>) accuracy(#steepest.gap<0.01>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
