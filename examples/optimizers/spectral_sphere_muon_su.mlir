// Muon on the spectral sphere by Su's fixed point of the one multiplier,
// l <- -tr(T^T M Q^-1) / tr(T^T T Q^-1) with T = u1 v1^T and Q = (Z^T Z)^(1/2),
// Z = M + l T (Su, "Steepest descent on manifolds" 4, kexue.fm 11241).
#sphere = #steepest.norm_sphere<norm = #steepest.spectral, radius = 2.0>
steepest.optimizer @spectral_sphere_muon_su(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = zeros)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %phi = steepest.direction %m1 at %w norm(#steepest.spectral) on(#sphere)
         method("fixed_point") : tensor<?x?xf32>
  %w1 = steepest.retract %w, %phi, %lr on(#sphere) : tensor<?x?xf32>
  steepest.update %w = %w1, %m = %m1 : tensor<?x?xf32>, tensor<?x?xf32>
}
