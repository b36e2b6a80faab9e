// RUN: steepest-opt %s --steepest-solve --canonicalize --cse | FileCheck %s

// Everything but directions becomes arithmetic, and finite gradients are
// required first of all.
// CHECK-LABEL: @rule
steepest.optimizer @rule(%w: tensor<?xf32>, %g: tensor<?xf32>)
    state(%m: tensor<?xf32> = zeros) hyper(%lr: f32 = 0.1, %beta: f32 = 0.9) {
  // CHECK: %[[ABS:.*]] = math.absf %g
  // CHECK: %[[MAX:.*]] = matrix.reduce maximum %[[ABS]] to scalar
  // CHECK: %[[FINITE:.*]] = arith.cmpf olt, %[[MAX]],
  // CHECK: matrix.require %[[FINITE]], 1
  // beta m + (1 - beta) g
  // CHECK: %[[BETA:.*]] = matrix.broadcast %beta like %m
  // CHECK: %[[OLD:.*]] = arith.mulf %m, %[[BETA]]
  // CHECK: %[[REST:.*]] = arith.subf %{{.*}}, %beta
  // CHECK: %[[RESTS:.*]] = matrix.broadcast %[[REST]] like %g
  // CHECK: %[[NEW:.*]] = arith.mulf %g, %[[RESTS]]
  // CHECK: %[[EMA:.*]] = arith.addf %[[OLD]], %[[NEW]]
  %0 = steepest.ema %m, %g, %beta : tensor<?xf32>
  // CHECK: %[[LR:.*]] = matrix.broadcast %lr like %w
  // CHECK: %[[SUM:.*]] = arith.addf %[[EMA]], %[[LR]]
  %1 = steepest.fill %lr like %w : tensor<?xf32>
  %2 = arith.addf %0, %1 : tensor<?xf32>
  // w - lr d
  // CHECK: %[[STEP:.*]] = arith.mulf %[[SUM]], %{{.*}}
  // CHECK: %[[W:.*]] = arith.subf %w, %[[STEP]]
  %3 = steepest.descend %w, %2, %lr : tensor<?xf32>
  // CHECK: steepest.update %w = %[[W]], %m = %[[EMA]]
  steepest.update %w = %3, %m = %0 : tensor<?xf32>, tensor<?xf32>
}

// CHECK-LABEL: @scale
steepest.optimizer @scale(%w: tensor<?xf32>, %g: tensor<?xf32>) hyper(%lr: f32 = 0.1) {
  // CHECK: %[[LR:.*]] = matrix.broadcast %lr like %g
  // CHECK: %[[Y:.*]] = arith.mulf %g, %[[LR]]
  %0 = steepest.scale %g, %lr : tensor<?xf32>
  // CHECK: steepest.update %w = %[[Y]]
  steepest.update %w = %0 : tensor<?xf32>
}
