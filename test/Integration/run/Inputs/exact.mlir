//--- single.mlir
steepest.optimizer @single(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact<lowest = 1.0e-8>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
//--- band.mlir
steepest.optimizer @band(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.band<lowest = 1.0e-6, error = 1.0e-2>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
//--- double.mlir
steepest.optimizer @double(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact<lowest = 1.0e-14>) : tensor<?x?xf64>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}
//--- regular.mlir
steepest.optimizer @regular(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact<lowest = 1.0e-4>) : tensor<?x?xf64>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}
//--- deep.mlir
steepest.optimizer @deep(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral) accuracy(#steepest.exact<lowest = 1.0e-10>) : tensor<?x?xf64>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}
