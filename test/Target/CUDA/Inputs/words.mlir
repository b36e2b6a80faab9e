// Names that are words of C++ and of the template.
steepest.optimizer @words(%double: tensor<?x?xf32>, %block: tensor<?x?xf32>)
    state(%header: tensor<?x?xf32> = zeros)
    hyper(%for: f32 = 0.01, %x: f32 = 0.9) {
  %m1 = steepest.ema %header, %block, %x : tensor<?x?xf32>
  %d = steepest.direction %m1 norm(#steepest.frobenius) : tensor<?x?xf32>
  %w1 = steepest.descend %double, %d, %for : tensor<?x?xf32>
  steepest.update %double = %w1, %header = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
