// RUN: steepest-opt %s --steepest-thread-context --steepest-lower-entry | FileCheck %s

// CHECK-LABEL: func.func private @step(
// CHECK-LABEL: func.func @step__kernel
// CHECK-SAME: (%[[CONTEXT:.*]]: !llvm.ptr) -> i32
// CHECK: llvm.getelementptr %{{.*}}[0] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(ptr, i64, i64, i64)>
// CHECK: %[[W:.*]] = builtin.unrealized_conversion_cast {{.*}} to memref<?x?xf32, strided<[?, 1], offset: ?>>
// CHECK: %[[V:.*]] = builtin.unrealized_conversion_cast {{.*}} to memref<?xf64>
// CHECK: llvm.getelementptr %{{.*}}[0] : (!llvm.ptr) -> !llvm.ptr, f64
// CHECK: %[[RATE:.*]] = llvm.load {{.*}} -> f64
// CHECK: %[[WORKSPACE:.*]] = builtin.unrealized_conversion_cast {{.*}} to memref<?xi8>
// CHECK: call @step(%[[CONTEXT]], %[[W]], %[[V]], %[[RATE]], %[[WORKSPACE]])
func.func @step(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %v: memref<?xf64>,
                %rate: f64, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}

// CHECK-LABEL: func.func private @step__workspace__indices
// CHECK-LABEL: func.func @step__workspace
// CHECK-SAME: (%[[DIMS:.*]]: !llvm.ptr, %[[THREADS:.*]]: i64) -> i64
// CHECK-COUNT-2: llvm.load
// CHECK: call @step__workspace__indices
func.func @step__workspace(%rows: index, %cols: index, %threads: index) -> index
    attributes {kernel.workspace} {
  return %rows : index
}

// CHECK-LABEL: func.func private @step__cost__indices
// CHECK-LABEL: func.func @step__cost
// CHECK-SAME: (%[[DIMS:.*]]: !llvm.ptr) -> i64
// CHECK-COUNT-2: llvm.load
// CHECK: call @step__cost__indices
func.func @step__cost(%rows: index, %cols: index) -> index
    attributes {kernel.cost} {
  return %rows : index
}
