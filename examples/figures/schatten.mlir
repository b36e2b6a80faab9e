// The steepest directions of one gradient under the Schatten-p norms, kept as
// states so that a host can read them; the parameter stays as it is.
//
// Schatten-2 is the Frobenius norm (normalized SGD), Schatten-inf the spectral
// norm (Muon, were its polynomial exact). The last direction is what Muon
// really takes: five polynomial steps towards the spectral norm's.
steepest.optimizer @schatten(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%phi_2: tensor<?x?xf32> = zeros,
          %phi_3: tensor<?x?xf32> = zeros,
          %phi_4: tensor<?x?xf32> = zeros,
          %phi_6: tensor<?x?xf32> = zeros,
          %phi_8: tensor<?x?xf32> = zeros,
          %phi_12: tensor<?x?xf32> = zeros,
          %phi_16: tensor<?x?xf32> = zeros,
          %phi_24: tensor<?x?xf32> = zeros,
          %phi_32: tensor<?x?xf32> = zeros,
          %phi_48: tensor<?x?xf32> = zeros,
          %phi_64: tensor<?x?xf32> = zeros,
          %phi_inf: tensor<?x?xf32> = zeros,
          %phi_muon: tensor<?x?xf32> = zeros) {
  %d_2 = steepest.direction %g norm(#steepest.schatten<2>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_3 = steepest.direction %g norm(#steepest.schatten<3>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_4 = steepest.direction %g norm(#steepest.schatten<4>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_6 = steepest.direction %g norm(#steepest.schatten<6>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_8 = steepest.direction %g norm(#steepest.schatten<8>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_12 = steepest.direction %g norm(#steepest.schatten<12>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_16 = steepest.direction %g norm(#steepest.schatten<16>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_24 = steepest.direction %g norm(#steepest.schatten<24>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_32 = steepest.direction %g norm(#steepest.schatten<32>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_48 = steepest.direction %g norm(#steepest.schatten<48>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_64 = steepest.direction %g norm(#steepest.schatten<64>) accuracy(#steepest.exact)
         : tensor<?x?xf32>
  %d_inf = steepest.direction %g norm(#steepest.schatten<inf>)
         accuracy(#steepest.exact) : tensor<?x?xf32>
  %d_muon = steepest.direction %g norm(#steepest.spectral)
         method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  steepest.update %w = %w,
      %phi_2 = %d_2,
      %phi_3 = %d_3,
      %phi_4 = %d_4,
      %phi_6 = %d_6,
      %phi_8 = %d_8,
      %phi_12 = %d_12,
      %phi_16 = %d_16,
      %phi_24 = %d_24,
      %phi_32 = %d_32,
      %phi_48 = %d_48,
      %phi_64 = %d_64,
      %phi_inf = %d_inf,
      %phi_muon = %d_muon
    : tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>,
      tensor<?x?xf32>
}
