// RUN: steepest-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Norms of singular values, of parts, between vectors and behind maps
//===----------------------------------------------------------------------===//

steepest.optimizer @ky_fan_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the ky_fan norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.ky_fan<2>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @ky_fan_zero(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects k >= 1 for the ky_fan norm, got 0}}
  %0 = steepest.direction %g norm(#steepest.ky_fan<0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @ky_fan_operand(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects no operands of the ky_fan norm, got 1}}
  %0 = steepest.direction %g norm(#steepest.ky_fan<2>, %w) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @ky_fan_dual_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the ky_fan_dual norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.ky_fan_dual<2>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @ky_fan_dual_zero(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects k >= 1 for the ky_fan_dual norm, got 0}}
  %0 = steepest.direction %g norm(#steepest.ky_fan_dual<0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @spectral_frobenius_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the spectral_frobenius norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.spectral_frobenius<2.0>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @spectral_frobenius_small(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a finite radius >= 1 of the spectral_frobenius norm, got 0.5}}
  // expected-note @+1 {{below 1 it is the Euclidean norm / radius alone}}
  %0 = steepest.direction %g norm(#steepest.spectral_frobenius<0.5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @linf_l2_infinite(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a finite radius >= 1 of the linf_l2 norm, got inf}}
  // expected-note @+1 {{below 1 it is the Euclidean norm / radius alone}}
  %0 = steepest.direction %g norm(#steepest.linf_l2<inf>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @linf_l2_operand(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{expects no operands of the linf_l2 norm, got 1}}
  %0 = steepest.direction %g norm(#steepest.linf_l2<2.0>, %w) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @smoothed_spectral_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the smoothed_spectral norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.smoothed_spectral<0.1>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @smoothed_spectral_zero(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite smoothing > 0 of the smoothed_spectral norm, got 0.0}}
  %0 = steepest.direction %g norm(#steepest.smoothed_spectral<0.0>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @smoothed_spectral_infinite(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a finite smoothing > 0 of the smoothed_spectral norm, got inf}}
  %0 = steepest.direction %g norm(#steepest.smoothed_spectral<inf>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @max_columns_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the max_columns norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.max_columns<#steepest.l1>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @max_columns_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm of the columns, got #steepest.sphere}}
  %0 = steepest.direction %g norm(#steepest.max_columns<#steepest.sphere>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @max_columns_spectral(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a matrix for the spectral norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.max_columns<#steepest.spectral>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @max_rows_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm of the rows, got 5 : i64}}
  %0 = steepest.direction %g norm(#steepest.max_rows<5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @max_rows_weighted(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one operand of the weighted_l2 norm, the weights, got 0}}
  %0 = steepest.direction %g norm(#steepest.max_rows<#steepest.weighted_l2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @blocks_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the blocks norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.l1, rows = 2>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @blocks_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm of the blocks, got #steepest.stiefel}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.stiefel, rows = 2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @blocks_none(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects at least one block in each dimension, got 0 x 2}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.spectral, rows = 0, cols = 2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @blocks_rows(%w: tensor<7x4xf32>, %g: tensor<7x4xf32>) {
  // expected-error @+1 {{expects the number of rows to be a multiple of 2, got 7}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.spectral, rows = 2>) : tensor<7x4xf32>
  steepest.update %w = %0 : tensor<7x4xf32>
}

// -----

steepest.optimizer @blocks_cols(%w: tensor<?x4xf32>, %g: tensor<?x4xf32>) {
  // expected-error @+1 {{expects the number of columns to be a multiple of 3, got 4}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.spectral, cols = 3>) : tensor<?x4xf32>
  steepest.update %w = %0 : tensor<?x4xf32>
}

// -----

steepest.optimizer @blocks_many(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects at most 64 blocks, got 32 x 3}}
  // expected-note @+1 {{each is compiled on its own; a batch of matrices is a tensor of rank 3}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.spectral, rows = 32, cols = 3>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @blocks_operands(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects one operand of the weighted_l2 norm, the weights, got 0}}
  %0 = steepest.direction %g norm(#steepest.blocks<norm = #steepest.weighted_l2, rows = 2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the operator norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are measured by l1, l2, lp, linf or rms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.l1, to = #steepest.l2>) : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @operator_matrix_norm(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a norm of feature vectors, got #steepest.spectral}}
  // expected-note @+1 {{known: l1, l2, lp, linf, rms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.spectral, to = #steepest.l2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_exponent(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects p >= 1 for the lp norm, got 0.5}}
  // expected-note @+1 {{for p < 1 the unit ball is not convex: it is no norm}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.l1, to = #steepest.lp<0.5>>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_linf_l1(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.linf to #steepest.l1, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.linf, to = #steepest.l1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_linf_l2(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.linf to #steepest.l2, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.linf, to = #steepest.l2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_l2_l1(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.l2 to #steepest.l1, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.l2, to = #steepest.l1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_rms_l1(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.rms to #steepest.l1, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.rms, to = #steepest.l1>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_lp_3_0_l2(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.lp<3.0> to #steepest.l2, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.lp<3.0>, to = #steepest.l2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_l2_lp_3_0(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.l2 to #steepest.lp<3.0>, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.l2, to = #steepest.lp<3.0>>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @operator_lp_1_5_lp_1_5(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects an operator norm that can be computed, got the one from #steepest.lp<1.5> to #steepest.lp<1.5>, which is NP-hard}}
  // expected-note @+1 {{computable: from l1 to any norm, from any norm to linf, and between l2 or rms norms}}
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.lp<1.5>, to = #steepest.lp<1.5>>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @transported_vector(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+2 {{expects a matrix for the transported norm, got 'tensor<?xf32>'}}
  // expected-note @+1 {{vectors are transported by weights: weighted_l2}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2>, %w)
      : tensor<?xf32> operands(tensor<?xf32>)
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

steepest.optimizer @transported_manifold(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a norm to transport, got #steepest.stiefel}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.stiefel>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @transported_nothing(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{expects a left or a right map of the transported norm, got neither}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2, left = false, right = false>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @transported_no_left(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects the inverse of the left map as an operand of the transported norm, got none}}
  // expected-note @+1 {{without a left map it is written `left = false`}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

steepest.optimizer @transported_no_right(%w: tensor<4x4xf32>, %g: tensor<4x4xf32>) {
  // expected-error @+2 {{expects the inverse of the right map as an operand of the transported norm, got none}}
  // expected-note @+1 {{without a right map it is written `right = false`}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2>, %w)
      : tensor<4x4xf32> operands(tensor<4x4xf32>)
  steepest.update %w = %0 : tensor<4x4xf32>
}

// -----

steepest.optimizer @transported_weights(%w: tensor<4x4xf32>, %g: tensor<4x4xf32>) {
  // expected-error @+1 {{expects one operand of the weighted_l2 norm, the weights, got 0}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.weighted_l2, right = false>, %w)
      : tensor<4x4xf32> operands(tensor<4x4xf32>)
  steepest.update %w = %0 : tensor<4x4xf32>
}

// -----

steepest.optimizer @transported_extent(%w: tensor<3x4xf32>, %g: tensor<3x4xf32>) {
  // expected-error @+1 {{expects the inverse of the left map to be 'tensor<3x3xf32>', got 'tensor<3x4xf32>'}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2>, %w, %w)
      : tensor<3x4xf32> operands(tensor<3x4xf32>, tensor<3x4xf32>)
  steepest.update %w = %0 : tensor<3x4xf32>
}

// -----

steepest.optimizer @transported_element(%w: tensor<4x4xf32>, %g: tensor<4x4xf32>) {
  %wide = arith.extf %w : tensor<4x4xf32> to tensor<4x4xf64>
  // expected-error @+1 {{expects the inverse of the right map to be 'tensor<4x4xf32>', got 'tensor<4x4xf64>'}}
  %0 = steepest.direction %g norm(#steepest.transported<norm = #steepest.l2, left = false>, %wide)
      : tensor<4x4xf32> operands(tensor<4x4xf64>)
  steepest.update %w = %0 : tensor<4x4xf32>
}
