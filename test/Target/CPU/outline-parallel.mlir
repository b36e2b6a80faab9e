// RUN: steepest-opt %s --steepest-thread-context --steepest-outline-parallel --split-input-file | FileCheck %s

// Constants are made again in the task, not passed.
// CHECK-LABEL: func.func private @scale__task
// CHECK-SAME: (%[[CAPTURED:.*]]: !llvm.ptr, %[[TASK:.*]]: i64, %{{.*}}: i64) attributes {passthrough = ["noinline"]}
// CHECK: llvm.getelementptr %[[CAPTURED]][0, 0] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(f32, struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>)>
// CHECK: arith.index_cast %[[TASK]] : i64 to index
// CHECK: arith.constant 2.000000e+00 : f32
// CHECK: memref.store

// CHECK-LABEL: func.func @scale
// CHECK: %[[STACK:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(f32, struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>)>
// CHECK: scf.if
// CHECK: %[[BODY:.*]] = builtin.unrealized_conversion_cast %{{.*}} : (!llvm.ptr, i64, i64) -> () to !llvm.ptr
// CHECK: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[BODY]], %[[STACK]]) : !llvm.ptr, (!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> ()
// CHECK: else
// CHECK: scf.for
// CHECK: func.call @scale__task(%[[STACK]], %{{.*}}, %{{.*}})
func.func @scale(%x: memref<?xf32>, %h: f32, %n: index) {
  %two = arith.constant 2.0 : f32
  kernel.parallel %n {
  ^bb0(%task: index, %worker: index):
    %y = arith.mulf %h, %two : f32
    memref.store %y, %x[%task] : memref<?xf32>
  }
  return
}

// -----

// Tasks within tasks run on a context with one thread.
// CHECK-LABEL: func.func private @nested__task(
// CHECK: %[[SERIAL:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(ptr, ptr, ptr, ptr, ptr, ptr, i64, i64)>
// CHECK: %[[ONE:.*]] = llvm.mlir.constant(1 : i64)
// CHECK: %[[THREADS:.*]] = llvm.getelementptr %[[SERIAL]][0, 6]
// CHECK: llvm.store %[[ONE]], %[[THREADS]]
// CHECK: call @nested__task__task
// CHECK-LABEL: func.func @nested(
func.func @nested(%x: memref<?xf32>, %h: f32, %n: index) {
  kernel.parallel %n {
  ^bb0(%task: index, %worker: index):
    kernel.parallel %n {
    ^bb0(%inner: index, %same: index):
      memref.store %h, %x[%task] : memref<?xf32>
    }
  }
  return
}
