// RUN: steepest-opt %s --steepest-emit-moves=lanes=4 | FileCheck %s

// One function per kind of move and element, whatever the layouts.
// Two rounds of four shuffles make a block of 4 x 4.
// CHECK-LABEL: func.func private @kernel.transpose_f64_2
// CHECK: kernel.parallel
// CHECK-COUNT-4: vector.load
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<4xf64>, vector<4xf64>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-4: vector.store
// CHECK: memref.load
// CHECK: memref.store

// CHECK-LABEL: func.func private @kernel.copy_f32_1
// CHECK: kernel.map %c1{{.*}}, %{{.*}} ins(%arg0 : memref<?xf32>) [column] outs(%arg1 : memref<?xf32>) [store to column]

// CHECK-LABEL: func.func private @kernel.copy_f32_2
// CHECK: %[[ROWS:.*]] = memref.dim %arg0, %c0
// CHECK: %[[COLS:.*]] = memref.dim %arg0, %c1
// CHECK: kernel.map %[[ROWS]], %[[COLS]] ins(%arg0 : memref<?x?xf32, strided<[?, 1], offset: ?>>) [full] outs(%arg1 : memref<?x?xf32, strided<[?, 1], offset: ?>>) [store to full]
// CHECK-NOT: func.func private

// CHECK-LABEL: func.func @copy
// CHECK-COUNT-2: call @kernel.copy_f32_2
func.func @copy(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32, strided<[?, 1], offset: ?>>) {
  kernel.copy %a into %b : memref<?x?xf32>, memref<?x?xf32>
  kernel.copy %b into %c : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  return
}

// CHECK-LABEL: func.func @copy_vector
// CHECK: call @kernel.copy_f32_1
func.func @copy_vector(%a: memref<?xf32>, %b: memref<?xf32>) {
  kernel.copy %a into %b : memref<?xf32>, memref<?xf32>
  return
}

// CHECK-LABEL: func.func @transpose
// CHECK: call @kernel.transpose_f64_2
func.func @transpose(%a: memref<?x?xf64>, %b: memref<?x?xf64>) {
  kernel.transpose %a into %b : memref<?x?xf64>, memref<?x?xf64>
  return
}
