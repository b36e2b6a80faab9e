// Several functions of one matrix in float64, and of its leading part.

steepest.optimizer @functions(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %values = matrix.singular_values %g : tensor<?x?xf64> -> tensor<?xf64>
  %leading = matrix.leading %g : tensor<?x?xf64>
  %root:3 = matrix.spectral_power %g, 0.5 : tensor<?x?xf64>
  %ones = matrix.singular_values %leading : tensor<?x?xf64> -> tensor<?xf64>
  // The first of them, which tells whether they descend, and the sums.
  %i = matrix.index linear like %values : tensor<?xf64> -> tensor<?xi64>
  %position = arith.sitofp %i : tensor<?xi64> to tensor<?xf64>
  %half = arith.constant 0.5 : f64
  %halves = matrix.broadcast %half like %position : f64, tensor<?xf64> -> tensor<?xf64>
  %isFirst = arith.cmpf olt, %position, %halves : tensor<?xf64>
  %first = arith.uitofp %isFirst : tensor<?xi1> to tensor<?xf64>
  %both = arith.addf %values, %ones : tensor<?xf64>
  %terms = arith.mulf %both, %first : tensor<?xf64>
  %total = arith.addf %terms, %values : tensor<?xf64>
  %sum = matrix.reduce sum %total to scalar : tensor<?xf64> -> f64
  %s = matrix.broadcast %sum like %g : f64, tensor<?x?xf64> -> tensor<?x?xf64>
  %scaled = arith.mulf %s, %leading : tensor<?x?xf64>
  %d = arith.addf %scaled, %root#0 : tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}

// Equal largest singular values: of the identity.
steepest.optimizer @ties(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>) hyper(%lr: f64 = 0.01) {
  %i = matrix.index row like %g : tensor<?x?xf64> -> tensor<?x?xi64>
  %j = matrix.index column like %g : tensor<?x?xf64> -> tensor<?x?xi64>
  %e = arith.cmpi eq, %i, %j : tensor<?x?xi64>
  %x = arith.uitofp %e : tensor<?x?xi1> to tensor<?x?xf64>
  %leading = matrix.leading %x : tensor<?x?xf64>
  %ones = matrix.singular_values %leading : tensor<?x?xf64> -> tensor<?xf64>
  %k = matrix.index linear like %ones : tensor<?xf64> -> tensor<?xi64>
  %weights = arith.sitofp %k : tensor<?xi64> to tensor<?xf64>
  %terms = arith.mulf %ones, %weights : tensor<?xf64>
  %sum = matrix.reduce sum %terms to scalar : tensor<?xf64> -> f64
  %s = matrix.broadcast %sum like %g : f64, tensor<?x?xf64> -> tensor<?x?xf64>
  %d = arith.addf %s, %leading : tensor<?x?xf64>
  %w1 = steepest.descend %w, %d, %lr : tensor<?x?xf64>
  steepest.update %w = %w1 : tensor<?x?xf64>
}
