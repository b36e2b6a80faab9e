// RUN: steepest-opt %s --steepest-normalize | FileCheck %s
// RUN: steepest-opt %s --steepest-normalize --canonicalize | FileCheck %s --check-prefix=FOLDED

// Sums of singular values.
// CHECK-LABEL: @ky_fan
steepest.optimizer @ky_fan(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[A:.*]] = steepest.direction %g norm(#steepest.spectral)
  %0 = steepest.direction %g norm(#steepest.ky_fan<1>) : tensor<?x?xf32>
  // CHECK: %[[B:.*]] = steepest.direction %[[A]] norm(#steepest.nuclear)
  %1 = steepest.direction %0 norm(#steepest.ky_fan_dual<1>) : tensor<?x?xf32>
  // CHECK: steepest.direction %[[B]] norm(#steepest.ky_fan<2>)
  %2 = steepest.direction %1 norm(#steepest.ky_fan<2>) : tensor<?x?xf32>
  steepest.update %w = %2 : tensor<?x?xf32>
}

// Columns and rows, through as many steps as it takes.
// CHECK-LABEL: @parts
steepest.optimizer @parts(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[A:.*]] = steepest.direction %g norm(#steepest.columns)
  %0 = steepest.direction %g norm(#steepest.max_columns<#steepest.lp<2.0>>) : tensor<?x?xf32>
  // CHECK: %[[B:.*]] = steepest.direction %[[A]] norm(#steepest.rows)
  %1 = steepest.direction %0 norm(#steepest.max_rows<#steepest.l2>) : tensor<?x?xf32>
  // CHECK: %[[C:.*]] = steepest.direction %[[B]] norm(#steepest.linf)
  %2 = steepest.direction %1 norm(#steepest.max_columns<#steepest.lp<inf>>) : tensor<?x?xf32>
  // CHECK: %[[D:.*]] = steepest.direction %[[C]] norm(#steepest.max_rows<#steepest.l1>)
  %3 = steepest.direction %2 norm(#steepest.max_rows<#steepest.lp<1.0>>) : tensor<?x?xf32>
  // CHECK: steepest.direction %[[D]] norm(#steepest.max_columns<#steepest.linf_l2<2.0>>)
  %4 = steepest.direction %3 norm(#steepest.max_columns<#steepest.linf_l2<2.0>>) : tensor<?x?xf32>
  steepest.update %w = %4 : tensor<?x?xf32>
}

// The size in an rms norm of a column is the number of rows: a radius
// sqrt(rows), here 2; of a row it is the number of columns, here 3.
// FOLDED-LABEL: @parts_rms
steepest.optimizer @parts_rms(%w: tensor<4x9xf32>, %g: tensor<4x9xf32>) {
  // FOLDED-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
  // FOLDED-DAG: %[[THREE:.*]] = arith.constant 3.000000e+00 : f32
  // FOLDED: %[[COLUMNS:.*]] = steepest.direction %g norm(#steepest.columns)
  // FOLDED: %[[A:.*]] = steepest.scale %[[COLUMNS]], %[[TWO]]
  %0 = steepest.direction %g norm(#steepest.max_columns<#steepest.rms>) : tensor<4x9xf32>
  // FOLDED: %[[ROWS:.*]] = steepest.direction %[[A]] norm(#steepest.rows)
  // FOLDED: steepest.scale %[[ROWS]], %[[THREE]]
  %1 = steepest.direction %0 norm(#steepest.max_rows<#steepest.rms>) : tensor<4x9xf32>
  steepest.update %w = %1 : tensor<4x9xf32>
}

// Operator norms are columns from l1, rows to linf, spectral in between.
// CHECK-LABEL: @operator
steepest.optimizer @operator(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>) {
  // CHECK: %[[A:.*]] = steepest.direction %g norm(#steepest.max_columns<#steepest.lp<3.0>>)
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.l1, to = #steepest.lp<3.0>>) : tensor<?x?xf32>
  // 1/3 + 1/1.5 = 1.
  // CHECK: %[[B:.*]] = steepest.direction %[[A]] norm(#steepest.max_rows<#steepest.lp<1.5>>)
  %1 = steepest.direction %0 norm(#steepest.operator<from = #steepest.lp<3.0>, to = #steepest.linf>) : tensor<?x?xf32>
  // CHECK: %[[C:.*]] = steepest.direction %[[B]] norm(#steepest.columns)
  %2 = steepest.direction %1 norm(#steepest.operator<from = #steepest.l1, to = #steepest.l2>) : tensor<?x?xf32>
  // CHECK: %[[D:.*]] = steepest.direction %[[C]] norm(#steepest.rows)
  %3 = steepest.direction %2 norm(#steepest.operator<from = #steepest.l2, to = #steepest.linf>) : tensor<?x?xf32>
  // CHECK: %[[E:.*]] = steepest.direction %[[D]] norm(#steepest.linf)
  %4 = steepest.direction %3 norm(#steepest.operator<from = #steepest.l1, to = #steepest.linf>) : tensor<?x?xf32>
  // CHECK: %[[F:.*]] = steepest.direction %[[E]] norm(#steepest.max_rows<#steepest.l1>)
  %5 = steepest.direction %4 norm(#steepest.operator<from = #steepest.linf, to = #steepest.linf>) : tensor<?x?xf32>
  // CHECK: %[[G:.*]] = steepest.direction %[[F]] norm(#steepest.max_columns<#steepest.l1>)
  %6 = steepest.direction %5 norm(#steepest.operator<from = #steepest.l1, to = #steepest.l1>) : tensor<?x?xf32>
  // CHECK: steepest.direction %[[G]] norm(#steepest.spectral)
  %7 = steepest.direction %6 norm(#steepest.operator<from = #steepest.l2, to = #steepest.frobenius>) : tensor<?x?xf32>
  steepest.update %w = %7 : tensor<?x?xf32>
}

// Between rms norms: the spectral norm with the radius sqrt(rows / cols).
// FOLDED-LABEL: @operator_rms
steepest.optimizer @operator_rms(%w: tensor<4x9xf32>, %g: tensor<4x9xf32>) {
  // FOLDED: %[[RADIUS:.*]] = arith.constant 0.666666666666666{{.*}} : f64
  // FOLDED: %[[A:.*]] = steepest.direction %g norm(#steepest.spectral)
  // FOLDED: %[[FACTOR:.*]] = arith.truncf %[[RADIUS]]
  // FOLDED: steepest.scale %[[A]], %[[FACTOR]]
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.rms, to = #steepest.rms>) : tensor<4x9xf32>
  steepest.update %w = %0 : tensor<4x9xf32>
}

// Factors of the feature norms become a factor of the operator norm: its ball is
// to.radius / from.radius rows^0.25 times as large.
// CHECK-LABEL: @multiples
steepest.optimizer @multiples(%w: tensor<16x9xf64>, %g: tensor<16x9xf64>) {
  // CHECK: %[[D:.*]] = steepest.direction %g norm(#steepest.max_columns<#steepest.lp<3.0>>)
  // CHECK: arith.constant 2.500000e+00 : f64
  // CHECK: arith.constant 2.500000e-01 : f64
  // CHECK: math.powf
  // CHECK: steepest.scale %[[D]]
  %0 = steepest.direction %g norm(#steepest.operator<from = #steepest.scaled<norm = #steepest.l1, radius = 2.0>, to = #steepest.scaled<norm = #steepest.lp<3.0>, radius = 5.0, cols = 0.25>>) : tensor<16x9xf64>
  steepest.update %w = %0 : tensor<16x9xf64>
}
