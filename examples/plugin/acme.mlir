// Steepest descent in a norm that Steepest does not know: the sum of the four
// largest singular values. Compile it with
//
//   steepestc --load-dialect-plugin=AcmePlugin.so acme.mlir -o acme.so
//
// The step is between rank one (all of the gradient's weight in its largest
// singular value) and a quarter of Muon's.
steepest.optimizer @acme(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.05, %beta: f32 = 0.9) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 norm(#acme.ky_fan<4>) : tensor<?x?xf32>
  %w1 = steepest.descend %w, %phi, %lr : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
