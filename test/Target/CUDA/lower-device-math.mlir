// RUN: steepest-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(gpu.module(steepest-lower-device-math))' | FileCheck %s

// CHECK-LABEL: gpu.module @powers
// CHECK: func.func private @steepest_math_pow(f64, f64) -> f64
// CHECK-NOT: math.powf
// CHECK: func.func @scalar(%[[X:.*]]: f32, %[[Y:.*]]: f32)
// CHECK: %[[WIDE_X:.*]] = arith.extf %[[X]]
// CHECK: %[[WIDE_Y:.*]] = arith.extf %[[Y]]
// CHECK: %[[POWER:.*]] = call @steepest_math_pow(%[[WIDE_X]], %[[WIDE_Y]])
// CHECK: arith.truncf %[[POWER]] : f64 to f32
// CHECK: func.func @vector
// CHECK-COUNT-4: call @steepest_math_pow
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

// CHECK-LABEL: gpu.module @functions
// CHECK: func.func private @steepest_math_tanh(f64) -> f64
// CHECK: func.func private @steepest_math_exp(f64) -> f64
// CHECK: call @steepest_math_exp(
// CHECK-COUNT-2: call @steepest_math_tanh(
gpu.module @functions {
  func.func @f(%x: f64, %y: vector<2xf32>) -> (f64, vector<2xf32>) {
    %e = math.exp %x : f64
    %t = math.tanh %y : vector<2xf32>
    return %e, %t : f64, vector<2xf32>
  }
}

// -----

gpu.module @roots {
  func.func @f(%x: f32) -> f32 {
    // expected-error @below {{expects a function that the CUDA target computes (absf, ceil, copysign, floor, fma, rsqrt, roundeven, sqrt, trunc, acos, acosh, asin, asinh, atan, atan2, atanh, cbrt, cos, cosh, erf, erfc, exp, exp2, expm1, log, log10, log1p, log2, pow, sin, sinh, tan, tanh), got 'math.clampf'}}
    %y = math.clampf %x to [%x, %x] : f32
    return %y : f32
  }
}
