// RUN: steepest-opt %s --steepest-thread-context | FileCheck %s

// CHECK-LABEL: func.func private @leaf
// CHECK-SAME: (%[[CONTEXT:.*]]: !llvm.ptr {kernel.context}, %{{.*}}: f64) -> index
// CHECK: %[[MEMBER:.*]] = llvm.getelementptr %[[CONTEXT]][0, 6]
// CHECK: llvm.load %[[MEMBER]] : !llvm.ptr -> i64
// CHECK: %[[CERTIFICATES:.*]] = llvm.getelementptr %[[CONTEXT]][0, 3]
// CHECK: scf.if
// CHECK-COUNT-7: llvm.store %{{.*}} : f64, !llvm.ptr
func.func private @leaf(%x: f64) -> index {
  %c2 = arith.constant 2 : index
  %threads = kernel.threads
  kernel.certify %c2(%x, %x, %x, %x, %x, %x, %x)
  return %threads : index
}

// CHECK-LABEL: func.func private @caller
// CHECK-SAME: (%[[CONTEXT:.*]]: !llvm.ptr {kernel.context}, %[[X:.*]]: f64)
// CHECK: call @leaf(%[[CONTEXT]], %[[X]]) : (!llvm.ptr, f64) -> index
func.func private @caller(%x: f64) {
  %0 = func.call @leaf(%x) : (f64) -> index
  return
}

// CHECK-LABEL: func.func private @alone(%{{[^:]*}}: f64)
func.func private @alone(%x: f64) -> f64 {
  return %x : f64
}

// What the host vouches for is a member of its own.
// CHECK-LABEL: func.func private @vouched
// CHECK-SAME: (%[[CONTEXT:.*]]: !llvm.ptr {kernel.context}) -> i1
// CHECK: %[[MEMBER:.*]] = llvm.getelementptr %[[CONTEXT]][0, 7]
// CHECK: %[[VALUE:.*]] = llvm.load %[[MEMBER]] : !llvm.ptr -> i64
// CHECK: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK: %[[VOUCHED:.*]] = arith.cmpi ne, %[[VALUE]], %[[ZERO]] : i64
// CHECK: return %[[VOUCHED]] : i1
func.func private @vouched() -> i1 {
  %0 = kernel.finite_gradients
  return %0 : i1
}
