// RUN: steepest-opt %s --steepest-emit-device | FileCheck %s

// A program of more than eight maps calls functions: one for those that differ by
// their operands alone, which has the constants for itself; folds come back by the
// team's slots.

// CHECK-LABEL: gpu.module @long__device
// CHECK: func.func private @map.2(%{{.*}}: memref<64xi8>, %{{.*}}: memref<1024xi8>, %[[SOURCE:.*]]: memref<?x?xf32>, %[[INTO:.*]]: memref<?x?xf32>) attributes {passthrough = ["noinline"], steepest.kernel}
// CHECK: memref.dim %[[SOURCE]]
// CHECK: call @team.meet

// CHECK: func.func private @map.1(%[[HEADER:.*]]: memref<64xi8>, %[[SLOTS:.*]]: memref<1024xi8>, %[[ROWS:.*]]: index, %[[COLS:.*]]: index, %[[X:.*]]: memref<?x?xf32>, %{{.*}}: memref<?xi8>) attributes {passthrough = ["noinline"], steepest.kernel}
// CHECK: call @fold.block.sum_f32
// CHECK: call @team.arrive(%[[HEADER]])
// CHECK: memref.view %[[SLOTS]]

// CHECK: func.func private @map.0(%{{.*}}: memref<64xi8>, %{{.*}}: memref<1024xi8>, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?x?xf32>, %{{.*}}: memref<?x?xf32>, %[[SCALAR:.*]]: f64) attributes {passthrough = ["noinline"], steepest.kernel}
// CHECK-DAG: arith.constant 2.000000e+00 : f32
// CHECK: %[[SCALAR]] : f64
// CHECK: vector.store

// CHECK: func.func @long(%[[HEADER:.*]]: memref<64xi8>, %[[SLOTS:.*]]: memref<1024xi8>,
// CHECK-NOT: scf.for
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.0(%[[HEADER]], %[[SLOTS]],
// CHECK: call @map.1(%[[HEADER]], %[[SLOTS]],
// CHECK: %[[SLOT:.*]] = memref.view %[[SLOTS]]
// CHECK: %[[FOLD:.*]] = memref.load %[[SLOT]]
// CHECK: call @map.2(%[[HEADER]], %[[SLOTS]],
// CHECK: fptosi %[[FOLD]]
func.func @long(%x: memref<?x?xf32>, %y: memref<?x?xf32>, %a: f64, %b: f64,
                %scratch: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %two = arith.constant 2.0 : f32
  %m = memref.dim %x, %c0 : memref<?x?xf32>
  %n = memref.dim %x, %c1 : memref<?x?xf32>
  kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
      outs(%y : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %a : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%y : memref<?x?xf32>) [full]
      outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %a : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
      outs(%y : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %a : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%y : memref<?x?xf32>) [full]
      outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %a : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
      outs(%y : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %b : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%y : memref<?x?xf32>) [full]
      outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %b : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
      outs(%y : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f32):
    %p = arith.mulf %e, %two : f32
    %c = arith.truncf %b : f64 to f32
    %q = arith.addf %p, %c : f32
    kernel.yield %q : f32
  }
  %s = kernel.map %m, %n ins(%x : memref<?x?xf32>) [full]
      outs() [sum to scalar] scratch(%scratch) -> f32 {
  ^bb0(%i: index, %j: index, %e: f32):
    kernel.yield %e : f32
  }
  kernel.transpose %x into %y : memref<?x?xf32>, memref<?x?xf32>
  %status = arith.fptosi %s : f32 to i32
  return %status : i32
}
