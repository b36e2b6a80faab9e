// RUN: steepest-opt %s --split-input-file --steepest-lower-to-kernels --verify-diagnostics

// Elementwise work that was not gathered into maps.
steepest.optimizer @elementwise(%w: tensor<?xf32>, %g: tensor<?xf32>) {
  // expected-error @+1 {{'arith.negf' op has no kernel}}
  %0 = arith.negf %g : tensor<?xf32>
  steepest.update %w = %0 : tensor<?xf32>
}

// -----

// Spectral functions that were not lowered.
steepest.optimizer @spectral(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+1 {{'matrix.leading' op has no kernel}}
  %0 = matrix.leading %g : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}

// -----

// Sizes must be known before anything is computed.
// expected-error @+1 {{expects an extent made of extents of arguments}}
steepest.optimizer @size(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%n: f32 = 1.0) {
  %one = arith.constant 1 : index
  %integer = arith.fptosi %n : f32 to i64
  %size = arith.index_cast %integer : i64 to index
  %0 = matrix.map(%one, %size) ins(%g : tensor<?xf32>) access [2] folds [-1] extents [2] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a : f32
  } -> tensor<?xf32>
  %1 = matrix.map(%one, %size) ins(%0 : tensor<?xf32>) access [2] folds [-1] extents [2] {
  ^bb0(%i: index, %j: index, %a: f32):
    matrix.yield %a : f32
  } -> tensor<?xf32>
  steepest.update %w = %1 : tensor<?xf32>
}
