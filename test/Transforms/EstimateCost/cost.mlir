// RUN: steepest-opt %s --split-input-file --steepest-estimate-cost --canonicalize --cse | FileCheck %s

// 2 m n k for a product and half of it for a symmetric one, 12 per byte that a
// pass moves, and what entering each kernel takes, for a 10 x 20 matrix:
// 2*10*20*10 + 10*10*20 + 12*(3*4*200) + 3*12000, summed in the order of the ops.
// CHECK-LABEL: func.func @step__cost(
// CHECK-SAME: %[[ROWS:.*]]: index, %[[COLS:.*]]: index) -> index attributes {kernel.cost}
// CHECK-NOT: arith.maxui
// CHECK: %[[SQUARE:.*]] = arith.muli %[[ROWS]], %[[ROWS]] : index
// CHECK: arith.muli %[[SQUARE]], %[[COLS]] : index
// CHECK: return
// CHECK-LABEL: func.func @step(
func.func @step(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %m = memref.dim %w, %one : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %x = memref.view %workspace[%zero][%n, %n] : memref<?xi8> to memref<?x?xf32>
  kernel.product %w, %w into %x scratch(%workspace) {transpose_rhs, symmetric} : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>> into memref<?x?xf32>
  kernel.map %n, %m ins(%w, %w : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>) [full, full]
      outs(%w : memref<?x?xf32, strided<[?, 1], offset: ?>>) [store to full] {
  ^bb0(%i: index, %j: index, %a: f32, %b: f32):
    %y = arith.mulf %a, %b : f32
    kernel.yield %y : f32
  }
  return %ok : i32
}

// -----

// The branch that extents decide on; the dearer of two that something else
// decides on; a loop of unknown length counts as eight turns.
// CHECK-LABEL: func.func @control__cost(
// CHECK-SAME: %[[ROWS:.*]]: index, %[[COLS:.*]]: index) -> index
// CHECK: %[[WIDE:.*]] = arith.cmpi slt, %[[ROWS]], %[[COLS]]
// CHECK: arith.select %[[WIDE]]
// CHECK: arith.maxui
// CHECK: arith.muli %{{.*}}, %c8
// CHECK: return
func.func @control(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %ok = arith.constant 0 : i32
  %n = memref.dim %w, %zero : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %m = memref.dim %w, %one : memref<?x?xf32, strided<[?, 1], offset: ?>>
  %x = memref.view %workspace[%zero][%n, %m] : memref<?xi8> to memref<?x?xf32>
  %y = memref.view %workspace[%zero][%n, %n] : memref<?xi8> to memref<?x?xf32>
  %wide = arith.cmpi slt, %n, %m : index
  scf.if %wide {
    kernel.copy %w into %x : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  } else {
    %v = memref.view %workspace[%zero][%n] : memref<?xi8> to memref<?xf32>
    %converged = kernel.eigh %y values(%v) scratch(%workspace) : memref<?x?xf32>, memref<?xf32>
  }
  %number = memref.load %x[%zero, %zero] : memref<?x?xf32>
  %isNumber = arith.cmpf oeq, %number, %number : f32
  scf.if %isNumber {
    kernel.copy %w into %x : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
  } else {
    kernel.copy %y into %y : memref<?x?xf32>, memref<?x?xf32>
  }
  scf.while : () -> () {
    kernel.copy %w into %x : memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32>
    scf.condition(%wide)
  } do {
    scf.yield
  }
  return %ok : i32
}

// -----

// Two inverses of order n in f64: 2 * 2 * n^2 (n + 60) * 12 / 11.
// CHECK-LABEL: func.func @inverses__cost(
// CHECK-SAME: %[[N:.*]]: index, %{{.*}}: index) -> index
// CHECK: %[[SQUARE:.*]] = arith.muli %[[N]], %[[N]] : index
// CHECK: %[[LONGER:.*]] = arith.addi %[[N]], %c60 : index
// CHECK: %[[EACH:.*]] = arith.muli %[[SQUARE]], %[[LONGER]] : index
// CHECK: %[[ALL:.*]] = arith.muli %[[EACH]], %c48 : index
// CHECK: arith.divui %[[ALL]], %c11 : index
// CHECK: return
func.func @inverses(%a: memref<?x?xf64, strided<[?, 1], offset: ?>>, %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %n = memref.dim %a, %zero : memref<?x?xf64, strided<[?, 1], offset: ?>>
  %y = memref.view %workspace[%zero][%n, %n] : memref<?xi8> to memref<?x?xf64>
  %defined = kernel.rational %a into %y scratch(%workspace) constant(0.0) weights([1.0, 2.0]) poles([0.5, 1.0]) : memref<?x?xf64, strided<[?, 1], offset: ?>> into memref<?x?xf64>
  %ok = arith.constant 0 : i32
  %failed = arith.constant 3 : i32
  %status = arith.select %defined, %ok, %failed : i32
  return %status : i32
}
