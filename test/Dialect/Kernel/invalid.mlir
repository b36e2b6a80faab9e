// RUN: steepest-opt %s --split-input-file --verify-diagnostics

func.func @product_c1(%a: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a result that is not one of the factors}}
  kernel.product %a, %a into %a scratch(%s) : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c2(%a: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>, %x: f64) {
  // expected-error @+1 {{expects a scale of type 'f32', got 'f64'}}
  kernel.product %a, %a into %c scratch(%s) scale(%x : f64)
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_shapes(%a: memref<4x5xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects factors that fit the result, got}}
  kernel.product %a, %a into %c scratch(%s) : memref<4x5xf32>, memref<4x5xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_square(%a: memref<?x?xf32>, %c: memref<4x5xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square result, got 'memref<4x5xf32>'}}
  kernel.product %a, %a into %c scratch(%s) {symmetric}
      : memref<?x?xf32>, memref<?x?xf32> into memref<4x5xf32>
  return
}

// -----

func.func @product_c3(%a: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects lower_result together with symmetric}}
  kernel.product %a, %a into %c scratch(%s) {lower_result}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c4_lhs(%a: memref<4x5xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square lhs_lower factor, got 'memref<4x5xf32>'}}
  kernel.product %a, %b into %c scratch(%s) {lhs_lower}
      : memref<4x5xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c4_rhs(%a: memref<?x?xf32>, %b: memref<4x5xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square rhs_lower factor, got 'memref<4x5xf32>'}}
  kernel.product %a, %b into %c scratch(%s) {rhs_lower}
      : memref<?x?xf32>, memref<4x5xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c6(%a: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects lower_blocks_result together with symmetric, without lower_result}}
  kernel.product %a, %a into %c scratch(%s) {lower_blocks_result, lower_result, symmetric}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c7_lhs(%a: memref<4x5xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square lhs_lower_blocks factor, got 'memref<4x5xf32>'}}
  kernel.product %a, %b into %c scratch(%s) {factors = bf16, lhs_lower_blocks}
      : memref<4x5xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c7_rhs(%a: memref<?x?xf32>, %b: memref<4x5xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square rhs_lower_blocks factor, got 'memref<4x5xf32>'}}
  kernel.product %a, %b into %c scratch(%s) {factors = bf16, rhs_lower_blocks}
      : memref<?x?xf32>, memref<4x5xf32> into memref<?x?xf32>
  return
}

// -----

func.func @product_c7_factors(%a: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects `factors` with a factor in lower blocks}}
  kernel.product %a, %a into %c scratch(%s) {rhs_lower_blocks}
      : memref<?x?xf32>, memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @unit_stride(%a: memref<?x?xf32, strided<[1, ?]>>, %b: memref<?x?xf32>) {
  // expected-error @+1 {{must be matrix or vector of f32, f64, i64, i16 (bf16) or i8 (truth values) with unit stride along rows}}
  kernel.transpose %a into %b : memref<?x?xf32, strided<[1, ?]>>, memref<?x?xf32>
  return
}

// -----

func.func @eigh_c1(%a: memref<?x?xf64, strided<[?, 1]>>, %v: memref<?xf64>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a contiguous matrix, got}}
  %0 = kernel.eigh %a values(%v) scratch(%s) : memref<?x?xf64, strided<[?, 1]>>, memref<?xf64>
  return
}

// -----

func.func @eigh_c2(%a: memref<?x?xf64>, %v: memref<?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects eigenvalues of type 'f64', got 'f32'}}
  %0 = kernel.eigh %a values(%v) scratch(%s) : memref<?x?xf64>, memref<?xf32>
  return
}

// -----

func.func @map_c1(%x: memref<?x?xi8>, %n: index) {
  // expected-error @+1 {{expects an element of type 'i1', got 'i64' for input 0}}
  kernel.map %n, %n ins(%x : memref<?x?xi8>) [full] outs() [] {
  ^bb0(%i: index, %j: index, %a: i64):
    kernel.yield
  }
  return
}

// -----

func.func @map_c2(%x: memref<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects rank 1 for access row, got 'memref<?x?xf32>' as input 0}}
  kernel.map %n, %n ins(%x : memref<?x?xf32>) [row] outs() [] {
  ^bb0(%i: index, %j: index, %a: f32):
    kernel.yield
  }
  return
}

// -----

func.func @map_c3(%x: memref<?x?xf32>, %n: index, %z: f32) {
  // expected-error @+1 {{expects a store to full or column, or a fold to row, column or scalar, got sum to full as result 0}}
  kernel.map %n, %n ins() [] outs(%x : memref<?x?xf32>) [sum to full] {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f32
  }
  return
}

// -----

func.func @map_c4(%x: memref<?x?xf32>, %n: index, %z: f64) {
  // expected-error @+1 {{expects an output of rank 2 for 'f64', got 'memref<?x?xf32>' as result 0}}
  kernel.map %n, %n ins() [] outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f64
  }
  return
}

// -----

func.func @map_c5(%x: memref<?xi8>, %n: index, %z: i1) {
  // expected-error @+1 {{expects to fold f32, f64 or i64, got 'i1' as result 0}}
  kernel.map %n, %n ins() [] outs(%x : memref<?xi8>) [sum to row] {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : i1
  }
  return
}

// -----

func.func @map_c6(%s: memref<?xi8>, %n: index, %z: f32) {
  // expected-error @+1 {{expects one SSA result per scalar, got 0 for 1}}
  kernel.map %n, %n ins() [] outs() [sum to scalar] scratch(%s) {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f32
  }
  return
}

// -----

func.func @map_c7(%n: index, %z: f32) -> f32 {
  // expected-error @+1 {{expects scratch for results to scalar}}
  %0 = kernel.map %n, %n ins() [] outs() [sum to scalar] -> f32 {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f32
  }
  return %0 : f32
}

// -----

func.func @map_c8(%x: memref<?xf32>, %n: index) {
  // expected-error @+1 {{expects a body of elementwise ops and constants, got memref.load}}
  kernel.map %n, %n ins() [] outs(%x : memref<?xf32>) [sum to row] {
  ^bb0(%i: index, %j: index):
    %a = memref.load %x[%i] : memref<?xf32>
    kernel.yield %a : f32
  }
  return
}

// -----

func.func @transpose(%a: memref<4x5xf32>) {
  // expected-error @+1 {{expects transposed shapes, got}}
  kernel.transpose %a into %a : memref<4x5xf32>, memref<4x5xf32>
  return
}

// -----

func.func @copy(%a: memref<4x5xf32>, %b: memref<5x4xf32>) {
  // expected-error @+1 {{expects one shape, got}}
  kernel.copy %a into %b : memref<4x5xf32>, memref<5x4xf32>
  return
}

// -----

func.func @parallel(%n: index) {
  // expected-error @+1 {{expects a body over a task and a worker of type index}}
  kernel.parallel %n {
  ^bb0(%task: index):
    kernel.yield
  }
  return
}

// -----

// expected-error @+1 {{marked kernel.entry expects memref<?xi8> as its last argument}}
func.func @entry(%a: memref<?x?xf32>) -> i32 attributes {kernel.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}

// -----

// expected-error @+1 {{marked kernel.entry expects tensors before hyper-parameters, got 'memref<?x?xf32>' as argument 1}}
func.func @entry(%x: f64, %a: memref<?x?xf32>, %w: memref<?xi8>) -> i32 attributes {kernel.entry} {
  %status = arith.constant 0 : i32
  return %status : i32
}

// -----

// expected-error @+1 {{marked kernel.workspace expects an odd number of index arguments and one index result, got '(index, index) -> index'}}
func.func @sizes(%a: index, %b: index) -> index attributes {kernel.workspace} {
  return %a : index
}

// -----

// expected-error @+1 {{marked kernel.cost expects an even number of index arguments and one index result, got '(index) -> index'}}
func.func @cost(%a: index) -> index attributes {kernel.cost} {
  return %a : index
}

// -----

func.func @elsewhere() {
  // expected-error @+1 {{expects no "kernel.entry", which belongs on func.func}}
  %0 = arith.constant {kernel.entry} 1 : index
  return
}

// -----

func.func @product_addend_alone(%a: memref<?x?xf32>, %c: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects an addend and its coefficient together}}
  "kernel.product"(%a, %a, %c, %s, %a) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1, 0>}>
      : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>, memref<?xi8>, memref<?x?xf32>) -> ()
  return
}

// -----

func.func @product_addend_shape(%a: memref<?x?xf32>, %c: memref<4x4xf32>, %d: memref<4x5xf32>, %s: memref<?xi8>, %x: f32) {
  // expected-error @+1 {{expects an addend of the shape of the result, got}}
  kernel.product %a, %a into %c scratch(%s) plus(%x, %d : f32, memref<4x5xf32>)
      : memref<?x?xf32>, memref<?x?xf32> into memref<4x4xf32>
  return
}

// -----

func.func @eigh_square(%a: memref<4x5xf64>, %v: memref<?xf64>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a square matrix, got 'memref<4x5xf64>'}}
  %0 = kernel.eigh %a values(%v) scratch(%s) : memref<4x5xf64>, memref<?xf64>
  return
}

// -----

func.func @eigh_count(%a: memref<4x4xf64>, %v: memref<5xf64>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects as many eigenvalues as rows, got 'memref<5xf64>' for 'memref<4x4xf64>'}}
  %0 = kernel.eigh %a values(%v) scratch(%s) : memref<4x4xf64>, memref<5xf64>
  return
}

// -----

func.func @map_access(%x: memref<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects one access per input, got 0 for 1}}
  kernel.map %n, %n ins(%x : memref<?x?xf32>) [] outs() [] {
  ^bb0(%i: index, %j: index, %a: f32):
    kernel.yield
  }
  return
}

// -----

func.func @map_outputs(%n: index, %z: f32) {
  // expected-error @+1 {{expects one output per result in memory, got 0 for 1}}
  kernel.map %n, %n ins() [] outs() [store to full] {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f32
  }
  return
}

// -----

func.func @map_arguments(%n: index) {
  // expected-error @+1 {{expects a body over two of index and one element per input, got 1 arguments for 0 inputs}}
  kernel.map %n, %n ins() [] outs() [] {
  ^bb0(%i: index):
    kernel.yield
  }
  return
}

// -----

func.func @map_yields(%x: memref<?x?xf32>, %n: index) {
  // expected-error @+1 {{expects a body that yields one value per result}}
  kernel.map %n, %n ins() [] outs(%x : memref<?x?xf32>) [store to full] {
  ^bb0(%i: index, %j: index):
    kernel.yield
  }
  return
}

// -----

func.func @map_fold_type(%s: memref<?xi8>, %n: index, %z: f32) {
  // expected-error @+1 {{expects an SSA result of type 'f32', got 'f64' as result 0}}
  %0 = kernel.map %n, %n ins() [] outs() [sum to scalar] scratch(%s) -> f64 {
  ^bb0(%i: index, %j: index):
    kernel.yield %z : f32
  }
  return
}

// -----

func.func @transpose_element(%a: memref<?x?xf32>, %b: memref<?x?xf64>) {
  // expected-error @+1 {{expects one element type, got}}
  kernel.transpose %a into %b : memref<?x?xf32>, memref<?x?xf64>
  return
}

// -----

func.func @transpose_rank(%a: memref<?xf32>) {
  // expected-error @+1 {{expects matrices, got}}
  kernel.transpose %a into %a : memref<?xf32>, memref<?xf32>
  return
}

// -----

func.func @copy_rank(%a: memref<?xf32>, %b: memref<?x?xf32>) {
  // expected-error @+1 {{expects one rank and element type, got}}
  kernel.copy %a into %b : memref<?xf32>, memref<?x?xf32>
  return
}

// -----

func.func @parallel_yields(%n: index, %z: f32) {
  // expected-error @+1 {{expects a body that yields nothing}}
  kernel.parallel %n {
  ^bb0(%task: index, %worker: index):
    kernel.yield %z : f32
  }
  return
}

// -----

// expected-error @+1 {{marked kernel.entry expects matrices and vectors of f32, f64 or i16, then f64, got 'i32' as argument 0}}
func.func @entry(%a: i32, %w: memref<?xi8>) -> i32 attributes {kernel.entry} {
  return %a : i32
}

// -----

// expected-error @+1 {{marked kernel.entry expects one i32 result}}
func.func @entry(%w: memref<?xi8>) attributes {kernel.entry} {
  return
}

// -----

// expected-error @+1 {{expects a unit attribute "kernel.entry"}}
func.func @entry(%w: memref<?xi8>) attributes {kernel.entry = 1} {
  return
}

// -----

// expected-error @+1 {{expects kernel.entry, kernel.workspace or kernel.cost, got "kernel.speed"}}
func.func @entry(%w: memref<?xi8>) attributes {kernel.speed} {
  return
}

// -----

func.func @rational_c1(%a: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a result that is not the matrix}}
  %ok = kernel.rational %a into %a scratch(%s) constant(0.0) weights([1.0]) poles([0.0])
      : memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @rational_c2(%a: memref<?x?xf32>, %y: memref<?x?xf64>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects a result of type 'f32', got 'f64'}}
  %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([1.0]) poles([0.0])
      : memref<?x?xf32> into memref<?x?xf64>
  return
}

// -----

func.func @rational_c3(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects as many weights as poles, got 2 and 1}}
  %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([1.0, 2.0]) poles([0.0])
      : memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @rational_c3_none(%a: memref<?x?xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects at least one pole}}
  %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([]) poles([])
      : memref<?x?xf32> into memref<?x?xf32>
  return
}

// -----

func.func @rational_c4(%a: memref<4x5xf32>, %y: memref<?x?xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects square matrices, got 'memref<4x5xf32>'}}
  %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([1.0]) poles([0.0])
      : memref<4x5xf32> into memref<?x?xf32>
  return
}

// -----

func.func @rational_c4_orders(%a: memref<4x4xf32>, %y: memref<5x5xf32>, %s: memref<?xi8>) {
  // expected-error @+1 {{expects matrices of one order, got 'memref<4x4xf32>' and 'memref<5x5xf32>'}}
  %ok = kernel.rational %a into %y scratch(%s) constant(0.0) weights([1.0]) poles([0.0])
      : memref<4x4xf32> into memref<5x5xf32>
  return
}

// -----

func.func @factors(%a: memref<4x4xf64>, %b: memref<4x4xf64>, %s: memref<?xi8>) {
  // expected-error@below {{expects f32 for `factors`, got 'f64'}}
  kernel.product %a, %a into %b scratch(%s) {factors = bf16}
      : memref<4x4xf64>, memref<4x4xf64> into memref<4x4xf64>
  return
}

// -----

func.func @bf16_triangular(%a: memref<4x4xf32>, %b: memref<4x4xf32>, %s: memref<?xi8>) {
  // expected-error@below {{expects no triangular factor with `factors`}}
  kernel.product %a, %a into %b scratch(%s) {factors = bf16, lhs_lower}
      : memref<4x4xf32>, memref<4x4xf32> into memref<4x4xf32>
  return
}
