// RUN: steepest-opt %s --split-input-file --steepest-plan-workspace --cse | FileCheck %s
// RUN: steepest-opt %s --split-input-file --steepest-plan-workspace --remarks-filter=steepest-plan-workspace --verify-diagnostics -o /dev/null

// Three buffers of one size; the third is first used when the first is free.
// The remark has the bytes at 3072 x 768, and the most that live at one time.
// CHECK-LABEL: func.func @chain__workspace(
// CHECK-SAME: -> index attributes {kernel.workspace}
// CHECK-LABEL: func.func @chain(
// CHECK-NOT: memref.alloc
// CHECK: memref.view %{{.*}}[%[[FIRST:.*]]][%{{.*}}, %{{.*}}]
// CHECK: memref.view %{{.*}}[%[[SECOND:.*]]][%{{.*}}, %{{.*}}]
// CHECK: memref.view %{{.*}}[%[[FIRST]]][%{{.*}}, %{{.*}}]
// expected-remark @+1 {{[Analysis] Workspace | Category:steepest-plan-workspace | Function=chain | buffers=3, bytes=75497472, leastBytes=75497472, places=2, shape=3072x768}}
func.func @chain(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%n, %n) : memref<?x?xf32>
  %c = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.transpose %a into %b : memref<?x?xf32>, memref<?x?xf32>
  kernel.transpose %b into %c : memref<?x?xf32>, memref<?x?xf32>
  kernel.copy %c into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %ok : i32
}

// -----

// A buffer that is written before a loop and read in it lives to its end: the
// next iteration reads it again.
// expected-remark @+1 {{buffers=2, bytes=75497472, leastBytes=75497472, places=2, shape=3072x768}}
func.func @loop(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  scf.for %i = %zero to %n step %one {
    kernel.copy %a into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
    kernel.transpose %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
    kernel.copy %b into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  }
  return %ok : i32
}

// -----

// Buffers of different sizes share a place of the larger size, which is known
// only when the shape is.
// CHECK-LABEL: func.func @sizes__workspace(
// CHECK: arith.maxui
// CHECK-LABEL: func.func @sizes(
// CHECK: memref.view %{{.*}}[%[[PLACE:.*]]][%{{.*}}, %{{.*}}]
// CHECK: memref.view %{{.*}}[%[[PLACE]]][%{{.*}}, %{{.*}}]
// expected-remark @+1 {{buffers=2, bytes=37748736, leastBytes=37748736, places=1, shape=3072x768}}
func.func @sizes(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %eight = arith.constant 8 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%n, %eight) : memref<?x?xf32>
  kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.copy %a into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.transpose %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  return %ok : i32
}

// -----

// Without a buffer the workspace is empty; other functions are left alone.
// CHECK-LABEL: func.func @empty__workspace(
// CHECK: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: return %[[ZERO]]
// expected-remark @+1 {{buffers=0, bytes=0, leastBytes=0, places=0, shape=3072x768}}
func.func @empty(%w: memref<?xf32>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func @other(
func.func @other(%n: index) {
  // CHECK: memref.alloc
  %a = memref.alloc(%n) : memref<?xf32>
  kernel.copy %a into %a : memref<?xf32>, memref<?xf32>
  return
}
// CHECK-NOT: @other__workspace

// -----

// A buffer lives as long as a view of a part of it.
// expected-remark @+1 {{buffers=2, bytes=75497472, leastBytes=75497472, places=2, shape=3072x768}}
func.func @views(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  %part = memref.subview %a[0, 0] [%n, %n] [1, 1] : memref<?x?xf32> to memref<?x?xf32, strided<[?, 1]>>
  kernel.transpose %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.copy %part into %w : memref<?x?xf32, strided<[?, 1]>>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.copy %b into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %ok : i32
}

// -----

// The largest buffer comes first: the small one, which is used before it, does
// not get a place of its own, though the large one does not fit into its.
// expected-remark @+1 {{buffers=3, bytes=47185920, leastBytes=47185920, places=2, shape=3072x768}}
func.func @order(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %m = memref.dim %w, %one : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%m, %m) : memref<?x?xf32>
  %b = memref.alloc(%n, %m) : memref<?x?xf32>
  %c = memref.alloc(%n, %n) : memref<?x?xf32>
  kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.copy %a into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  kernel.copy %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  kernel.transpose %b into %c : memref<?x?xf32>, memref<?x?xf32>
  kernel.copy %c into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  return %ok : i32
}

// -----

// Which branch runs follows from the extents: at 3072 x 768 the one that works
// on columns, in 768 x 768; the other has no room there.
// CHECK-LABEL: func.func @branches__workspace(
// CHECK-SAME: %[[ROWS:[a-z0-9]+]]: index, %[[COLS:[a-z0-9]+]]: index
// CHECK: %[[TALL:.*]] = arith.cmpi sge, %[[ROWS]], %[[COLS]]
// CHECK: arith.select %[[TALL]], %{{.*}}, %c0
// CHECK: %[[WIDE:.*]] = arith.xori %[[TALL]], %true
// CHECK: arith.select %[[WIDE]], %{{.*}}, %c0
// CHECK: arith.maxui
// expected-remark @+1 {{buffers=2, bytes=2359296, leastBytes=2359296, places=1, shape=3072x768}}
func.func @branches(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %ok = arith.constant 0 : i32
  %m = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %n = memref.dim %w, %one : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  %b = memref.alloc(%m, %m) : memref<?x?xf32>
  %tall = arith.cmpi sge, %m, %n : index
  scf.if %tall {
    kernel.transpose %w into %a : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
    kernel.copy %a into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  } else {
    kernel.transpose %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
    kernel.copy %b into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  }
  return %ok : i32
}

// -----

// What values decide may come out either way.
// expected-remark @+1 {{buffers=1, bytes=37748736, leastBytes=37748736, places=1, shape=3072x768}}
func.func @values(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %none = arith.constant 0.0 : f32
  %ok = arith.constant 0 : i32
  %m = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %b = memref.alloc(%m, %m) : memref<?x?xf32>
  %value = memref.load %w[%zero, %zero] : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %positive = arith.cmpf ogt, %value, %none : f32
  scf.if %positive {
    kernel.transpose %w into %b : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
    kernel.copy %b into %w : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>>
  }
  return %ok : i32
}
