// RUN: steepest-opt %s --steepest-lower-math | FileCheck %s

// CHECK-LABEL: func.func @functions
// CHECK-COUNT-2: call @expm1f
// CHECK: call @log1p
// CHECK: math.exp
// CHECK: math.powf
// CHECK-NOT: math.fpowi
func.func @functions(%x: vector<2xf32>, %y: f64, %n: i32) -> (vector<2xf32>, f64, f64, f64) {
  %a = math.expm1 %x : vector<2xf32>
  %b = math.log1p %y : f64
  %c = math.exp %y : f64
  %d = math.fpowi %y, %n : f64, i32
  return %a, %b, %c, %d : vector<2xf32>, f64, f64, f64
}
