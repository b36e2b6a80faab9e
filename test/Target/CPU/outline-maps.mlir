// RUN: steepest-opt --steepest-outline-maps %s | FileCheck %s
// RUN: steepest-opt --steepest-outline-maps --remarks-filter=steepest-outline-maps %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Four maps, of which two differ in nothing but the values they are given.

// REMARK: MapsShared{{.*}}functions=3, maps=4

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[X:[^:]*]]: memref<?x?xf64>, %[[Y:[^:]*]]: memref<?x?xf64>, %[[M:[^:]*]]: index, %[[N:[^:]*]]: index, %[[A:[^:]*]]: f64, %[[B:[^:]*]]: f64, 
// CHECK: call @kernel.map_0(%[[M]], %[[N]], %[[X]], %[[Y]], %[[A]])
// CHECK: call @kernel.map_0(%[[N]], %[[M]], %[[Y]], %[[X]], %[[B]])
// Another constant is another map; one memory is one argument.
// CHECK: call @kernel.map_1(%[[M]], %[[N]], %[[X]]) : (index, index, memref<?x?xf64>) -> ()
// CHECK: %[[FOLD:.*]] = call @kernel.map_2(%[[N]],
// CHECK: return %[[FOLD]]

// CHECK-LABEL: func.func private @kernel.map_0(
// CHECK-SAME: %[[ROWS:[^:]*]]: index, %[[COLS:[^:]*]]: index, %[[IN:[^:]*]]: memref<?x?xf64>, %[[OUT:[^:]*]]: memref<?x?xf64>, %[[SCALE:[^:]*]]: f64)
// CHECK: %[[TWO:.*]] = arith.constant 2.0
// CHECK: kernel.map %[[ROWS]], %[[COLS]] ins(%[[IN]] : {{.*}}) [full] outs(%[[OUT]]
// CHECK: arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: arith.addf %{{.*}}, %[[TWO]]

// CHECK-LABEL: func.func private @kernel.map_1(
// CHECK: arith.constant 3.0
// CHECK: kernel.map %{{.*}} ins(%[[BOTH:[^:]*]] : {{.*}} outs(%[[BOTH]] :

// The constant number of rows stays known.
// CHECK-LABEL: func.func private @kernel.map_2(
// CHECK: %[[ONE:.*]] = arith.constant 1 : index
// CHECK: %[[RESULT:.*]] = kernel.map %[[ONE]],
// CHECK: return %[[RESULT]] : f64
func.func @f(%x: memref<?x?xf64>, %y: memref<?x?xf64>, %m: index, %n: index,
             %a: f64, %b: f64, %v: memref<?xf64>, %s: memref<?xi8>) -> f64 {
  %two = arith.constant 2.0 : f64
  %three = arith.constant 3.0 : f64
  %one = arith.constant 1 : index
  kernel.map %m, %n ins(%x : memref<?x?xf64>) [full]
      outs(%y : memref<?x?xf64>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f64):
    %0 = arith.mulf %e, %a : f64
    %1 = arith.addf %0, %two : f64
    kernel.yield %1 : f64
  }
  kernel.map %n, %m ins(%y : memref<?x?xf64>) [full]
      outs(%x : memref<?x?xf64>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f64):
    %0 = arith.mulf %e, %b : f64
    %1 = arith.addf %0, %two : f64
    kernel.yield %1 : f64
  }
  kernel.map %m, %n ins(%x : memref<?x?xf64>) [full]
      outs(%x : memref<?x?xf64>) [store to full] {
  ^bb0(%i: index, %j: index, %e: f64):
    %0 = arith.addf %e, %three : f64
    kernel.yield %0 : f64
  }
  %fold = kernel.map %one, %n ins(%v : memref<?xf64>) [column]
      outs() [sum to scalar] scratch(%s) -> f64 {
  ^bb0(%i: index, %j: index, %e: f64):
    kernel.yield %e : f64
  }
  return %fold : f64
}
