// RUN: steepest-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @product
func.func @product(%a: memref<?x?xf32>, %b: memref<?x?xf32, strided<[?, 1], offset: ?>>,
                   %c: memref<?x?xf32>, %d: memref<?x?xf32>, %s: memref<?xi8>,
                   %x: f32, %y: f32, %z: f32) {
  // CHECK: kernel.product %{{.*}}, %{{.*}} into %{{.*}} scratch(%{{.*}}) :
  kernel.product %a, %b into %c scratch(%s)
      : memref<?x?xf32>, memref<?x?xf32, strided<[?, 1], offset: ?>> into memref<?x?xf32>
  // CHECK: scale(%{{.*}} : f32) plus(%{{.*}}, %{{.*}} : f32, memref<?x?xf32>) shift(%{{.*}} : f32) {symmetric, transpose_rhs}
  kernel.product %a, %a into %c scratch(%s) scale(%x : f32)
      plus(%y, %d : f32, memref<?x?xf32>) shift(%z : f32) {transpose_rhs, symmetric}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// CHECK-LABEL: func.func @triangular_products
func.func @triangular_products(%a: memref<?x?xf32>, %l: memref<?x?xf32>,
                               %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // CHECK: kernel.product {{.*}} {rhs_lower, transpose_rhs}
  kernel.product %a, %l into %c scratch(%s) {transpose_rhs, rhs_lower}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  // CHECK: kernel.product {{.*}} {lhs_lower, lower_result, rhs_lower, symmetric, transpose_lhs}
  kernel.product %l, %l into %c scratch(%s)
      {transpose_lhs, symmetric, lower_result, lhs_lower, rhs_lower}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  // CHECK: kernel.product {{.*}} {factors = bf16, lhs_lower_blocks, lower_blocks_result, rhs_lower_blocks, symmetric}
  kernel.product %a, %a into %c scratch(%s)
      {factors = bf16, symmetric, lower_blocks_result, lhs_lower_blocks, rhs_lower_blocks}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// CHECK-LABEL: func.func @rational
func.func @rational(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) -> i1 {
  // CHECK: kernel.rational %{{.*}} into %{{.*}} scratch(%{{.*}}) constant(1.000000e+00) weights([5.000000e-01, 2.000000e+00]) poles([1.000000e-01, 3.000000e+00]) : memref<?x?xf32> into memref<?x?xf32>
  %defined = kernel.rational %a into %y scratch(%s) constant(1.0)
      weights([0.5, 2.0]) poles([0.1, 3.0])
      : memref<?x?xf32> into memref<?x?xf32>
  return %defined : i1
}

// CHECK-LABEL: func.func @eigh
func.func @eigh(%a: memref<?x?xf64>, %v: memref<?xf64>, %s: memref<?xi8>) -> i1 {
  // CHECK: kernel.eigh %{{.*}} values(%{{.*}}) scratch(%{{.*}}) : memref<?x?xf64>, memref<?xf64>
  %converged = kernel.eigh %a values(%v) scratch(%s)
      : memref<?x?xf64>, memref<?xf64>
  return %converged : i1
}

// CHECK-LABEL: func.func @map
func.func @map(%x: memref<?x?xf32>, %v: memref<?xf32>, %m: memref<?x?xi8>,
               %y: memref<?x?xf32>, %r: memref<?xf32>, %s: memref<?xi8>,
               %rows: index, %cols: index) -> f32 {
  // CHECK: kernel.map %{{.*}}, %{{.*}} ins(%{{.*}}, %{{.*}} : memref<?x?xf32>, memref<?xf32>, memref<?x?xi8>) [full, row, full]
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : memref<?x?xf32>, memref<?xf32>) [store to full, sum to scalar, maximum to column]
  // CHECK-SAME: scratch(%{{.*}}) -> f32 {
  %norm = kernel.map %rows, %cols
      ins(%x, %v, %m : memref<?x?xf32>, memref<?xf32>, memref<?x?xi8>) [full, row, full]
      outs(%y, %r : memref<?x?xf32>, memref<?xf32>)
      [store to full, sum to scalar, maximum to column]
      scratch(%s) -> f32 {
  ^bb0(%i: index, %j: index, %a: f32, %b: f32, %keep: i1):
    %c = arith.mulf %a, %b : f32
    %d = arith.select %keep, %c, %a : f32
    kernel.yield %c, %d, %d : f32, f32, f32
  }
  return %norm : f32
}

// A fill has no inputs.
// CHECK-LABEL: func.func @fill
func.func @fill(%y: memref<?x?xf32>, %rows: index, %cols: index, %value: f32) {
  // CHECK: kernel.map %{{.*}}, %{{.*}} ins() [] outs(%{{.*}} : memref<?x?xf32>) [store to full] {
  kernel.map %rows, %cols ins() [] outs(%y : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index):
    kernel.yield %value : f32
  }
  return
}

// CHECK-LABEL: func.func @moves
func.func @moves(%a: memref<?x?xf32>, %b: memref<?x?xf32>) {
  // CHECK: kernel.transpose %{{.*}} into %{{.*}} : memref<?x?xf32>, memref<?x?xf32>
  kernel.transpose %a into %b : memref<?x?xf32>, memref<?x?xf32>
  // CHECK: kernel.copy %{{.*}} into %{{.*}} : memref<?x?xf32>, memref<?x?xf32>
  kernel.copy %a into %b : memref<?x?xf32>, memref<?x?xf32>
  return
}

// CHECK-LABEL: func.func @step
func.func @step(%w: memref<?x?xf32, strided<[?, 1], offset: ?>>, %rate: f64,
                %workspace: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %zero = arith.constant 0 : index
  %status = arith.constant 0 : i32
  // CHECK: kernel.threads
  %threads = kernel.threads
  // CHECK: kernel.parallel %{{.*}} {
  // CHECK-NEXT: ^bb0(%{{.*}}: index, %{{.*}}: index):
  kernel.parallel %threads {
  ^bb0(%task: index, %worker: index):
    func.call @piece(%task) : (index) -> ()
  }
  // CHECK: kernel.certify %{{.*}}(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
  kernel.certify %zero(%rate, %rate, %rate, %rate, %rate, %rate, %rate)
  return %status : i32
}

func.func private @piece(index)

func.func @step__workspace(%rows: index, %cols: index, %threads: index) -> index
    attributes {kernel.workspace} {
  return %rows : index
}
