// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s
// RUN: steepest-opt %s --emit-bytecode | steepest-opt | FileCheck %s

// Every norm, as a user writes it.

// CHECK-LABEL: @vectors
steepest.optimizer @vectors(%w: tensor<?xf64>, %g: tensor<?xf64>) {
  // CHECK: norm(#steepest.l1)
  %0 = steepest.direction %g norm(#steepest.l1) : tensor<?xf64>
  // CHECK: norm(#steepest.l2)
  %1 = steepest.direction %0 norm(#steepest.l2) : tensor<?xf64>
  // CHECK: norm(#steepest.lp<1.5>)
  %2 = steepest.direction %1 norm(#steepest.lp<1.5>) : tensor<?xf64>
  // CHECK: norm(#steepest.lp<3.0>)
  %3 = steepest.direction %2 norm(#steepest.lp<3>) : tensor<?xf64>
  // CHECK: norm(#steepest.lp<inf>)
  %4 = steepest.direction %3 norm(#steepest.lp<inf>) : tensor<?xf64>
  // CHECK: norm(#steepest.linf)
  %5 = steepest.direction %4 norm(#steepest.linf) : tensor<?xf64>
  // CHECK: norm(#steepest.frobenius)
  %6 = steepest.direction %5 norm(#steepest.frobenius) : tensor<?xf64>
  // CHECK: norm(#steepest.rms)
  %7 = steepest.direction %6 norm(#steepest.rms) : tensor<?xf64>
  // CHECK: norm(#steepest.weighted_l2, %{{.*}}) : tensor<?xf64>
  %8 = steepest.direction %7 norm(#steepest.weighted_l2, %w) : tensor<?xf64>
  steepest.update %w = %8 : tensor<?xf64>
}

// CHECK-LABEL: @matrices
steepest.optimizer @matrices(%w: tensor<4x?xf32>, %g: tensor<4x?xf32>) {
  // CHECK: norm(#steepest.spectral)
  %0 = steepest.direction %g norm(#steepest.spectral) : tensor<4x?xf32>
  // CHECK: norm(#steepest.rms_to_rms)
  %1 = steepest.direction %0 norm(#steepest.rms_to_rms) : tensor<4x?xf32>
  // CHECK: norm(#steepest.nuclear)
  %2 = steepest.direction %1 norm(#steepest.nuclear) : tensor<4x?xf32>
  // CHECK: norm(#steepest.schatten<4.0>)
  %3 = steepest.direction %2 norm(#steepest.schatten<4.0>) : tensor<4x?xf32>
  // CHECK: norm(#steepest.columns)
  %4 = steepest.direction %3 norm(#steepest.columns) : tensor<4x?xf32>
  // CHECK: norm(#steepest.rows)
  %5 = steepest.direction %4 norm(#steepest.rows) : tensor<4x?xf32>
  steepest.update %w = %5 : tensor<4x?xf32>
}

// Exponents of the sizes that are 0, and the radius 1, are not printed.
// CHECK-LABEL: @scaled
steepest.optimizer @scaled(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: norm(#steepest.scaled<norm = #steepest.spectral, cols = -0.5, max = 0.5>)
  %0 = steepest.direction %g
      norm(#steepest.scaled<norm = #steepest.spectral, cols = -0.5, max = 0.5, min = 0.0>) : tensor<?x?xf32>
  // CHECK: norm(#steepest.scaled<norm = #steepest.scaled<norm = #steepest.rows, radius = 1.0e-30>, rows = 1.0, min = 2.0>)
  %1 = steepest.direction %0
      norm(#steepest.scaled<norm = #steepest.scaled<norm = #steepest.rows, radius = 1.0e-30>, rows = 1, min = 2>) : tensor<?x?xf32>
  steepest.update %w = %1 : tensor<?x?xf32>
}
