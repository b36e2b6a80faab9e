// One note for every method that need not be asked for, with its reason.
// RUN: not steepest-opt %s --steepest-solve 2>&1 | FileCheck %s --implicit-check-not=fixed_point

// CHECK: error: 'steepest.direction' op has no method for the norm #steepest.lp<3.0> on #steepest.stiefel
// CHECK: note: dualizer: there is the manifold #steepest.stiefel
// CHECK: note: euclidean_projection: the norm #steepest.lp<3.0> is not Euclidean
// CHECK: note: columnwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean norms of columns
// CHECK: note: rowwise: the norm #steepest.lp<3.0> is not a maximum of Euclidean norms of rows
// CHECK: note: orthogonal_group: the norm #steepest.lp<3.0> is not unitarily invariant
// CHECK: note: weighted_projection: the norm #steepest.lp<3.0> is not weighted_l2
// CHECK: note: scalar_root: the manifold #steepest.stiefel has more than one normal
// CHECK: note: primal_dual_newton: the norm #steepest.lp<3.0> is not spectral
// CHECK: note: smoothed_newton: polynomial steps do not give tangent directions
// CHECK: note: admm: polynomial steps do not give tangent directions
steepest.optimizer @unsolved(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  %0 = steepest.direction %g at %w norm(#steepest.lp<3.0>) on(#steepest.stiefel)
       method(#steepest.polynomial<"muon", steps = 5>) : tensor<?x?xf32>
  steepest.update %w = %0 : tensor<?x?xf32>
}
