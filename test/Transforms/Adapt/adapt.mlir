// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest.optimizer(steepest-adapt{element-type=f64}))' | FileCheck %s --check-prefix=WIDE
// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest.optimizer(steepest-adapt{parameter-type=bf16}))' | FileCheck %s --check-prefix=STORED
// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest.optimizer(steepest-adapt{parameter-type=bf16 master=true maximize=true}))' | FileCheck %s --check-prefix=MASTER
// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest.optimizer(steepest-adapt{maximize=true}))' | FileCheck %s --check-prefix=UP
// RUN: steepest-opt %s --pass-pipeline='builtin.module(steepest.optimizer(steepest-adapt{maximize=true}))' --remarks-filter=steepest-adapt --verify-diagnostics -o /dev/null

// Constants mean the decimal that was written, not its rounding to f32; the
// conversion that becomes the identity vanishes; what was f64 stays.
// WIDE-LABEL: @rule(%w: tensor<?x?xf64>, %g: tensor<?x?xf64>)
// WIDE-SAME:    state(%m: tensor<?x?xf64> = %w, %l: tensor<?x?xf64> = zeros like %w by rows, %t: f64 = 1.0)
// WIDE-SAME:    hyper(%lr: f64 = 0.1)
// WIDE:         arith.constant 1.000000e-01 : f64
// WIDE-NOT:     arith.extf
// WIDE:         matrix.product %g, %g

// STORED-LABEL: @rule(%w: tensor<?x?xbf16>, %g: tensor<?x?xbf16>)
// STORED-SAME:    state(%m: tensor<?x?xf32> = %w,
// STORED-DAG:     %[[W:.*]] = arith.extf %w : tensor<?x?xbf16> to tensor<?x?xf32>
// STORED-DAG:     %[[G:.*]] = arith.extf %g : tensor<?x?xbf16> to tensor<?x?xf32>
// STORED:         arith.extf %[[G]] : tensor<?x?xf32> to tensor<?x?xf64>
// STORED:         %[[W1:.*]] = steepest.descend %[[W]],
// STORED:         %[[R:.*]] = arith.truncf %[[W1]] : tensor<?x?xf32> to tensor<?x?xbf16>
// STORED:         steepest.update %w = %[[R]],

// MASTER-LABEL: @rule(
// MASTER-SAME:    %t: f32 = 1.0, %master_w: tensor<?x?xf32> = %w)
// MASTER-NOT:     arith.extf %w
// MASTER:         %[[G:.*]] = arith.extf %g : tensor<?x?xbf16> to tensor<?x?xf32>
// MASTER:         arith.negf %[[G]]
// MASTER:         %[[W1:.*]] = steepest.descend %master_w,
// MASTER:         %[[R:.*]] = arith.truncf %[[W1]]
// MASTER:         steepest.update %w = %[[R]], {{.*}} %master_w = %[[W1]]

// UP: %[[N:.*]] = arith.negf %g
// UP: steepest.ema %m, %[[N]]
// expected-remark @below {{Adapted}}
steepest.optimizer @rule(%w: tensor<?x?xf32>, %g: tensor<?x?xf32>)
    state(%m: tensor<?x?xf32> = %w, %l: tensor<?x?xf64> = zeros like %w by rows, %t: f32 = 1.0)
    hyper(%lr: f32 = 0.1) {
  %beta = arith.constant 0.1 : f32
  %one = arith.constant 1.0 : f64
  %g64 = arith.extf %g : tensor<?x?xf32> to tensor<?x?xf64>
  %l1 = matrix.product %g64, %g64 plus(%one, %l : f64, tensor<?x?xf64>) {transpose_rhs, symmetric}
        : tensor<?x?xf64>, tensor<?x?xf64> -> tensor<?x?xf64>
  %m1 = steepest.ema %m, %g, %beta : tensor<?x?xf32>
  %w1 = steepest.descend %w, %m1, %lr : tensor<?x?xf32>
  %t1 = arith.mulf %t, %beta : f32
  steepest.update %w = %w1, %m = %m1, %l = %l1, %t = %t1
    : tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf64>, f32
}
