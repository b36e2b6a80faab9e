// RUN: steepest-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(gpu.module(steepest-lower-device-math))' | FileCheck %s

// CHECK-LABEL: gpu.module @powers
// CHECK: func.func private @math.power(%{{.*}}: f64, %{{.*}}: f64) -> f64
// CHECK-NOT: math.powf
// CHECK: func.func @scalar(%[[X:.*]]: f32, %[[Y:.*]]: f32)
// CHECK: %[[WIDE_X:.*]] = arith.extf %[[X]]
// CHECK: %[[WIDE_Y:.*]] = arith.extf %[[Y]]
// CHECK: %[[POWER:.*]] = call @math.power(%[[WIDE_X]], %[[WIDE_Y]])
// CHECK: arith.truncf %[[POWER]] : f64 to f32
// CHECK: func.func @vector
// CHECK-COUNT-4: call @math.power
gpu.module @powers {
  func.func @scalar(%x: f32, %y: f32) -> f32 {
    %z = math.powf %x, %y : f32
    return %z : f32
  }
  func.func @vector(%x: vector<4xf64>, %y: vector<4xf64>) -> vector<4xf64> {
    %z = math.powf %x, %y : vector<4xf64>
    return %z : vector<4xf64>
  }
}

// -----

gpu.module @tanh {
  func.func @f(%x: f32) -> f32 {
    // expected-error @below {{expects a function that the CUDA target computes (absf, ceil, copysign, floor, fma, powf, roundeven, rsqrt, sqrt, trunc), got 'math.tanh'}}
    %y = math.tanh %x : f32
    return %y : f32
  }
}
