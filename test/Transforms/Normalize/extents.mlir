// RUN: steepest-opt %s --split-input-file --steepest-normalize --verify-diagnostics

// Types of open extents agree where the extents do not: what they are of is
// compared.

steepest.optimizer @elementwise(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) hyper(%beta: f32 = 0.9) {
  // expected-error @+2 {{expects tensors of one shape, got rows of w x rows of w and rows of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %l1 = steepest.ema %l, %g, %beta : tensor<?x?xf32>
  steepest.update %w = %g, %l = %l1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @parameters(%w: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<?xf32>, %h: tensor<?xf32>) {
  // expected-error @+2 {{expects tensors of one shape, got length of w and length of v}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %sum = arith.addf %g, %h : tensor<?xf32>
  steepest.update %w = %sum, %v = %h : tensor<?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @inner(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%r: tensor<?x?xf32> = zeros like %w by columns) {
  // expected-error @+2 {{expects factors with a common inner extent, got columns of w x columns of w and rows of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %p = matrix.product %r, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %p, %r = %r : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @addend(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  %one = arith.constant 1.0 : f32
  // expected-error @+2 {{expects tensors of one shape, got rows of w x rows of w and columns of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %p = matrix.product %g, %g plus(%one, %l : f32, tensor<?x?xf32>) {transpose_lhs}
       : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %g, %l = %l : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @square(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // expected-error @+2 {{expects a square matrix, got rows of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %p = steepest.power %g, 0.5 : tensor<?x?xf32>
  steepest.update %w = %p : tensor<?x?xf32>
}

// -----

steepest.optimizer @apply(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%v: tensor<?xf32> = zeros like %w by rows) {
  // expected-error @+2 {{expects one entry for each row or column summed over, got rows of w x columns of w and rows of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %u = steepest.apply %w, %v : tensor<?x?xf32>, tensor<?xf32> -> tensor<?xf32>
  steepest.update %w = %g, %v = %u : tensor<?x?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @broadcast(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%v: tensor<?xf32> = zeros like %w by rows) {
  // expected-error @+2 {{expects one entry for each row or column, got rows of w x columns of w and rows of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %vs = matrix.broadcast %v along column like %g : tensor<?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  steepest.update %w = %vs, %v = %v : tensor<?x?xf32>, tensor<?xf32>
}

// -----

steepest.optimizer @update(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  %r = matrix.product %g, %g {transpose_lhs, symmetric} : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
  // expected-error @+2 {{expects tensors of one shape, got rows of w x rows of w and columns of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  steepest.update %w = %g, %l = %r : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @branches(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) hyper(%due: f32 = 1.0) {
  %one = arith.constant 1.0 : f32
  %now = arith.cmpf oge, %due, %one : f32
  // expected-error @+2 {{expects tensors of one shape, got rows of w x columns of w and rows of w x rows of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %0 = scf.if %now -> (tensor<?x?xf32>) {
    scf.yield %g : tensor<?x?xf32>
  } else {
    scf.yield %l : tensor<?x?xf32>
  }
  steepest.update %w = %g, %l = %l : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @carried(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error @+2 {{expects tensors of one shape, got rows of w x rows of w and rows of w x columns of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %0 = scf.for %i = %zero to %one step %one iter_args(%x = %l) -> (tensor<?x?xf32>) {
    %y = matrix.product %x, %g : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
    scf.yield %y : tensor<?x?xf32>
  }
  steepest.update %w = %g, %l = %0 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

steepest.optimizer @point(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = zeros like %w by rows) {
  // expected-error @+2 {{expects tensors of one shape, got rows of w x columns of w and rows of w x rows of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %d = steepest.direction %g at %l norm(#steepest.frobenius) on(#steepest.sphere) : tensor<?x?xf32>
  steepest.update %w = %d, %l = %l : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

// A norm knows which of its operands are square; here they are swapped.
steepest.optimizer @maps(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%l: tensor<?x?xf32> = identity like %w by rows, %r: tensor<?x?xf32> = identity like %w by columns) {
  // expected-error @+2 {{expects operands that fit the norm of a tensor of rows of w x columns of w, got columns of w x columns of w, rows of w x rows of w}}
  // expected-note @+1 {{extents that are always equal are declared as numbers}}
  %d = steepest.direction %g norm(#steepest.transported<norm = #steepest.frobenius>, %r, %l) : tensor<?x?xf32>
  steepest.update %w = %d, %l = %l, %r = %r : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

// Nothing is wrong here: extents agree, are numbers, or are not known.
steepest.optimizer @fine(%w: tensor<?x4xf32>, %g: tensor<?x4xf32>, %v: tensor<4x4xf32>, %h: tensor<4x4xf32>)
    state(%r: tensor<4x4xf32> = identity like %w by columns, %l: tensor<?x?xf32> = zeros like %w by rows) {
  %0 = matrix.product %g, %v : tensor<?x4xf32>, tensor<4x4xf32> -> tensor<?x4xf32>
  %1 = arith.addf %r, %h : tensor<4x4xf32>
  %2 = matrix.product %0, %g {transpose_rhs} : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x?xf32>
  %3 = arith.addf %2, %l : tensor<?x?xf32>
  %4 = steepest.power %3, 0.5 : tensor<?x?xf32>
  steepest.update %w = %0, %v = %1, %r = %r, %l = %4
    : tensor<?x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<?x?xf32>
}
