//--- exact.mlir
steepest.optimizer @root(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  %l = matrix.product %g, %g {transpose_rhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r = steepest.power %l, -0.25 ridge(1.0e-6) : tensor<?x?xf64>
  %d = matrix.product %r, %g : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  steepest.update %w = %d : tensor<?x?xf64>
}
//--- coarse.mlir
steepest.optimizer @root(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) {
  %l = matrix.product %g, %g {transpose_rhs, symmetric} : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %r = steepest.power %l, -0.25 ridge(1.0e-6) error(1.0e-2) : tensor<?x?xf64>
  %d = matrix.product %r, %g : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  steepest.update %w = %d : tensor<?x?xf64>
}
//--- fine.mlir
steepest.optimizer @root(%w: tensor<24x40xf32>, %g: tensor<24x40xf32>) {
  %l = matrix.product %g, %g {transpose_rhs, symmetric} : tensor<24x40xf32>, tensor<24x40xf32> -> tensor<24x24xf32>
  %r = steepest.power %l, -0.25 ridge(1.0e-4) error(1.0e-4) : tensor<24x24xf32>
  %d = matrix.product %r, %g : tensor<24x24xf32>, tensor<24x40xf32> -> tensor<24x40xf32>
  steepest.update %w = %d : tensor<24x40xf32>
}
