// The nearest matrix with orthonormal rows or columns, to a contract, with the
// method free: singular values above 1e-2 of the largest come within 1.3e-2 of one.
steepest.optimizer @orthogonalize(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    hyper(%lr: f32 = 1.0) {
  %phi = steepest.direction %g norm(#steepest.spectral)
         accuracy(#steepest.band<lowest = 1.0e-2, error = 1.3e-2>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1 : tensor<?x?xf32>
}
