// RUN: steepest-opt %s --steepest-emit-moves=lanes=4 | FileCheck %s

// CHECK-LABEL: func.func @copy
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %c0
// CHECK: %[[COLS:.*]] = memref.dim %arg0, %c1
// CHECK: kernel.map %[[ROWS]], %[[COLS]] ins(%arg0 : memref<?x?xf32>) [full] outs(%arg1 : memref<?x?xf32>) [store to full]
func.func @copy(%a: memref<?x?xf32>, %b: memref<?x?xf32>) {
  kernel.copy %a into %b : memref<?x?xf32>, memref<?x?xf32>
  return
}

// CHECK-LABEL: func.func @copy_vector
// CHECK: kernel.map %c1{{.*}}, %{{.*}} ins(%arg0 : memref<?xf32>) [column] outs(%arg1 : memref<?xf32>) [store to column]
func.func @copy_vector(%a: memref<?xf32>, %b: memref<?xf32>) {
  kernel.copy %a into %b : memref<?xf32>, memref<?xf32>
  return
}

// Two rounds of four shuffles make a block of 4 x 4.
// CHECK-LABEL: func.func @transpose
// CHECK: kernel.parallel
// CHECK-COUNT-4: vector.load
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<4xf64>, vector<4xf64>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-4: vector.store
// CHECK: memref.load
// CHECK: memref.store
func.func @transpose(%a: memref<?x?xf64>, %b: memref<?x?xf64>) {
  kernel.transpose %a into %b : memref<?x?xf64>, memref<?x?xf64>
  return
}
