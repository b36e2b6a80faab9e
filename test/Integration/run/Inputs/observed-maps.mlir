// A solved direction whose norm has a factor by rows for an operand, which is
// stored beside the direction to check its certificate.
steepest.optimizer @turned(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = identity like %w by rows)
    hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
  %l1 = matrix.product %g, %g plus(%beta, %l : f32, tensor<?x?xf32>) {transpose_rhs, symmetric}
        : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  %a = steepest.power %l1, -0.25 ridge(1.0e-3) : tensor<?x?xf32>
  %d = steepest.direction %g at %w
       norm(#steepest.transported<norm = #steepest.linf, right = false>, %a)
       on(#steepest.sphere) : tensor<?x?xf32>
  %w1 = steepest.retract %w, %d, %lr on(#steepest.sphere) : tensor<?x?xf32>
  steepest.update %w = %w1, %l = %l1 : tensor<?x?xf32>, tensor<?x?xf32>
}
