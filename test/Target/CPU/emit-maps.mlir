// RUN: steepest-opt %s --steepest-emit-maps=lanes=8 --canonicalize --cse | FileCheck %s

// A store needs no scratch, no accumulators and one loop per kind of vector.
// CHECK-LABEL: func.func @store
// CHECK: kernel.parallel %{{.*}} {
// CHECK: scf.for
// CHECK: scf.for {{.*}} step %c8
// CHECK: %[[X:.*]] = vector.load %arg0[%{{.*}}, %{{.*}}] : memref<?x?xf32>, vector<8xf32>
// CHECK: %[[H:.*]] = vector.broadcast %arg1 : f32 to vector<8xf32>
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[H]] : vector<8xf32>
// CHECK: vector.store %[[Y]], %arg0
// CHECK: scf.for {{.*}} step %c8
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// CHECK-NOT: memref.view
func.func @store(%x: memref<?x?xf32>, %h: f32, %rows: index, %cols: index) {
  kernel.map %rows, %cols ins(%x : memref<?x?xf32>) [full]
      outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index, %a: f32):
    %y = arith.mulf %a, %h : f32
    kernel.yield %y : f32
  }
  return
}

// What depends on the row alone is computed once per row, outside of the loops
// over columns. A map of f64 alone takes half the lanes.
// CHECK-LABEL: func.func @row
// CHECK: scf.for
// CHECK: %[[V:.*]] = memref.load %arg1[%{{.*}}] : memref<?xf64>
// CHECK: %[[S:.*]] = math.sqrt %[[V]] : f64
// CHECK: scf.for
// CHECK: vector.broadcast %[[S]] : f64 to vector<4xf64>
func.func @row(%x: memref<?x?xf64>, %v: memref<?xf64>, %rows: index, %cols: index) {
  kernel.map %rows, %cols ins(%x, %v : memref<?x?xf64>, memref<?xf64>) [full, row]
      outs(%x : memref<?x?xf64>) [store to full] {
  ^bb0(%i: index, %j: index, %a: f64, %b: f64):
    %s = math.sqrt %b : f64
    %y = arith.mulf %a, %s : f64
    kernel.yield %y : f64
  }
  return
}

// A fold to scalar: four accumulators, one partial result per task, folded in
// task order.
// CHECK-LABEL: func.func @scalar
// CHECK: %[[PARTIALS:.*]] = memref.view %arg1[%c0][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK: kernel.parallel %{{.*}} {
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: arith.select %{{.*}} : vector<8xi1>, vector<8xf32>
// CHECK: memref.store %{{.*}}, %[[PARTIALS]]
// CHECK: scf.for {{.*}} -> (f32)
// CHECK: memref.load %[[PARTIALS]]
func.func @scalar(%x: memref<?x?xf32>, %s: memref<?xi8>, %rows: index, %cols: index) -> f32 {
  %sum = kernel.map %rows, %cols ins(%x : memref<?x?xf32>) [full]
      outs() [sum to scalar] scratch(%s) -> f32 {
  ^bb0(%i: index, %j: index, %a: f32):
    kernel.yield %a : f32
  }
  return %sum : f32
}

// Truth values are bytes in memory.
// CHECK-LABEL: func.func @truth
// CHECK: %[[B:.*]] = vector.load %arg0[%{{.*}}] : memref<?x?xi8>, vector<8xi8>
// CHECK: %[[T:.*]] = arith.cmpi ne, %[[B]]
// CHECK: %[[N:.*]] = arith.xori %[[T]]
// CHECK: arith.extui %[[N]] : vector<8xi1> to vector<8xi8>
func.func @truth(%x: memref<?x?xi8>, %rows: index, %cols: index) {
  kernel.map %rows, %cols ins(%x : memref<?x?xi8>) [full]
      outs(%x : memref<?x?xi8>) [store to full] {
  ^bb0(%i: index, %j: index, %a: i1):
    %true = arith.constant true
    %b = arith.xori %a, %true : i1
    kernel.yield %b : i1
  }
  return
}
